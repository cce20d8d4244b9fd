"""Where the runs of a grid are executed: one after the other, in several processes, or on a Ray cluster."""
