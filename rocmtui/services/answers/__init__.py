"""Answers asked for: the look before a load, a reference made, a server held against it."""
