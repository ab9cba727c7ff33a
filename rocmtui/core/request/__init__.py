"""One request: what the wire tells, what a reply says, its record, and every metric made of it."""
