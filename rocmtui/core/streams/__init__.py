"""How the tokens of a reply came: where a stream stood still, and why."""
