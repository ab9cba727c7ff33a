"""The report of a run: what was measured, its figures, audit and warnings, as a document and as text."""
