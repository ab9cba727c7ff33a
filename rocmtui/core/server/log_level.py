"""How bad a line of llama-server's log is."""

from __future__ import annotations

import re
from typing import Literal

LogLevel = Literal["debug", "info", "warning", "error"]

_PREFIXED = re.compile(r"^(?:\d+\.\d+\.\d+\.\d+\s+)?([DIWE])\s")
"""Lines of builds that print `0.00.123.456 I srv ...`."""
_LETTERS: dict[str, LogLevel] = {"D": "debug", "I": "info", "W": "warning", "E": "error"}
_ERROR = re.compile(
    r"\b(?:error|failed|fatal|abort(?:ed|ing)?|exception|out of memory|GGML_ASSERT)\b", re.IGNORECASE
)
_WARNING = re.compile(r"\b(?:warn(?:ing)?|deprecated|unsupported|not supported)\b", re.IGNORECASE)
_LOOKED_AT = 300
"""Characters read of a line: what it is about stands at its start."""


def level_of(line: str) -> LogLevel:
    """By the letter the build prints, else by the words in it."""
    head = line[:_LOOKED_AT]
    prefixed = _PREFIXED.match(head)
    if prefixed:
        return _LETTERS[prefixed[1]]
    if _ERROR.search(head):
        return "error"
    return "warning" if _WARNING.search(head) else "info"
