"""Commands that look at what is here and end: GPUs, models, runs, doctor, completion."""
