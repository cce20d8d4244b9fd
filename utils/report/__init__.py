"""The report of a comparison: one HTML file that holds everything, opened from disk, read without the project at hand."""
