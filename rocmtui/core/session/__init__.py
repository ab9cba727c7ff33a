"""What the parts say to each other: events, the view a screen draws, ports, settings, the launch choices."""
