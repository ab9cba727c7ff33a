"""Which memory a card gives a server, how much is left, who holds it, and whether it overflows."""
