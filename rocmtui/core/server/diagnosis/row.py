"""One row of the table of known ends of llama-server."""

from __future__ import annotations

import re

import msgspec


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One known end. Named groups of the patterns fill the braces of cause and remedy."""

    code: str
    patterns: tuple[re.Pattern[str], ...]
    """All must be found, each in any line."""
    cause: str
    remedy: str
    sample: tuple[str, ...]
    returncode: int = 1
    """The sample's exit."""
    repeatable: bool = True
    """The same start ends the same way."""


def row(
    code: str,
    *patterns: str,
    cause: str,
    remedy: str,
    sample: str,
    returncode: int = 1,
    repeatable: bool = True,
) -> Row:
    """A row from pattern texts and a sample of log lines."""
    return Row(
        code=code,
        patterns=tuple(map(re.compile, patterns)),
        cause=cause,
        remedy=remedy,
        sample=tuple(sample.split("\n")),
        returncode=returncode,
        repeatable=repeatable,
    )
