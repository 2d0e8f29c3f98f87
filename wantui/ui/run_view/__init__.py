"""What came of a run, and how two of them differ."""
