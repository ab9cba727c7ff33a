"""The Textual app: draws frozen views, talks to nobody."""
