"""Who labels: the ground truth of a data set, right or with errors."""
