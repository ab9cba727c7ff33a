"""A report as text: rows for tables, the load in a line, and the whole as Markdown."""
