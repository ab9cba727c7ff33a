"""A llama-server command line over the xllamacpp package, for the demo and the tests."""
