"""The sections of the report: each module turns the runs of one data set into what its part of the template shows."""
