"""httpx without its command line, which loads click and rich where they are installed: 0.1 s a process.

It is made to get along without; None says "not there" to the import system.
"""

import sys

sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

import httpx  # noqa: E402

__all__ = ["httpx"]
