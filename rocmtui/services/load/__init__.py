"""A load carried out: workers, arrivals, prompts of exact length, several processes as one load."""
