"""Whether a server says what its model would say: certain texts, distances between distributions, words."""
