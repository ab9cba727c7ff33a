"""Commands that open the app or record it."""
