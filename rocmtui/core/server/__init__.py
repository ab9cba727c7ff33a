"""One llama-server: its state and life, command line, build, log, endpoints and slots. Starts nothing."""
