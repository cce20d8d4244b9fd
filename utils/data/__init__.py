"""Data sources, splits and the feature cache; `sources` is where a source registers itself under its `dataset` name."""
