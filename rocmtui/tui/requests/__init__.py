"""Requests one by one: their list, waterfall and timeline."""
