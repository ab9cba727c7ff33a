"""What is seen at one glance: the figures of a view, smoothed over seconds and judged by their limits."""
