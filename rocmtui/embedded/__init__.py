"""Two servers that need nothing of the rest: one of known latencies, one out of a wheel."""
