"""What takes too long for the tests: runs until something gives way, or nothing does."""
