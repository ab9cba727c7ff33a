"""The launch screen: models, settings, memory."""
