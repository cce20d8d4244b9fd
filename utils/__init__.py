"""Everything the loop is built from: data, pool, oracles, run directory, metrics and pictures."""
