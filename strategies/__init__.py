"""Selection engines: which samples are most worth labelling next. One file each; importing the package loads none."""
