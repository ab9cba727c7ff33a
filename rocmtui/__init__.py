"""rocmtui: supervise llama-server on AMD GPUs, load it, and measure what happens."""

__version__ = "0.1.0"
