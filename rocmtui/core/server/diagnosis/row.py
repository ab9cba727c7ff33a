"""One row of the table of known ends of llama-server."""

from __future__ import annotations

import re

import msgspec


class Row(msgspec.Struct, frozen=True):
    """One known end. Named groups of the patterns fill the braces of cause and remedy."""

    code: str
    patterns: tuple[re.Pattern[str], ...]
    """All must be found, each in any line."""
    cause: str
    remedy: str
    repeatable: bool
    """The same start ends the same way."""


def row(code: str, *patterns: str, cause: str, remedy: str, repeatable: bool = True) -> Row:
    """A row from pattern texts; the tests hold a sample of log lines for each."""
    return Row(code, tuple(map(re.compile, patterns)), cause, remedy, repeatable)
