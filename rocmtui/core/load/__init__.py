"""A load: what is asked for, its prompts and arrivals, how processes share it, and its live figures."""
