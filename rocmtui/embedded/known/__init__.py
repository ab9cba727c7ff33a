"""A server of known latencies: what the instrument is checked against."""
