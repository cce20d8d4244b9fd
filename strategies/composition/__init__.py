"""What composes over any engine: the first labels, history, pseudo-labels, and the query that brings them together."""
