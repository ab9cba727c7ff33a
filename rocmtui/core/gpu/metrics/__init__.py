"""The firmware's own table of figures (`gpu_metrics`): its layouts, and when what it says may be believed."""
