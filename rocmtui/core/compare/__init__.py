"""Two sides against each other: what must be equal, and the verdicts."""
