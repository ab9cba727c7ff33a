"""A bench as text: its tables, what depth costs, and the whole for a terminal or to paste."""
