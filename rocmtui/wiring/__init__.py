"""The one place that pairs ports with adapters: real, scripted and replayed sessions."""
