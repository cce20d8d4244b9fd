"""What several engines compute, one thing a module: clusters, pairs of samples, densities, disagreement."""
