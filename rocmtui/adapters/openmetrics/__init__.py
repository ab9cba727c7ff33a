"""What a session knows, for those who watch many machines: OpenMetrics over HTTP or in a file, OTLP."""
