"""What a load came to: the card at its end, and its report as a page."""
