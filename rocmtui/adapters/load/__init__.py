"""Load processes: children, over ssh or on Dask; prompts from files, and the cap on their rate."""
