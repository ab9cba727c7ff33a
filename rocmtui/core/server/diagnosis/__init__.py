"""Why a server ended, in words: a table of causes, a row and a log sample each."""
