"""What reading JSON that somebody else wrote can raise."""

from __future__ import annotations

import msgspec

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""No JSON or of another shape; text that is no UTF-8; nested without end."""
