"""Figures over time and how they are spread: the speed chart, the latencies and their axes."""
