"""Past runs: the shelf, and one played again."""
