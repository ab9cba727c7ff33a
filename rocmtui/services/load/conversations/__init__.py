"""Conversations and traces: built with the server's tokenizer, held turn by turn, begun at their times."""
