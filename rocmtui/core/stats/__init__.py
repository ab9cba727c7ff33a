"""Numbers about numbers: quantiles, histograms, rates, changes with their intervals, verdicts."""
