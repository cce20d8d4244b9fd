"""The data sets, one file each, registered under their `dataset` name."""
