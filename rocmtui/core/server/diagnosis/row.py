"""One row of the table of known ends of llama-server, and what kind of line it knows."""

from __future__ import annotations

import msgspec

from rocmtui.core.text.late_regex import LateRegex


class Row(msgspec.Struct, frozen=True):
    """One known line or group of lines. Named groups of the patterns fill the braces of cause and remedy."""

    code: str
    cause: str
    remedy: str
    repeatable: bool = False
    """The same start ends the same way."""
    patterns: tuple[LateRegex[str], ...] = ()
    """All must be found, each in any line; none where nothing is printed and the signal alone tells."""
    is_crash: bool = False
    """A crash itself prints it; else it is why a load was given up."""


def fatal(code: str, *patterns: str, cause: str, remedy: str, repeatable: bool = False) -> Row:
    """A row for what a crash prints; the tests hold a sample of log lines for each row."""
    return Row(code, cause, remedy, repeatable, tuple(map(LateRegex, patterns)), is_crash=True)


def load_error(code: str, *patterns: str, cause: str, remedy: str, repeatable: bool = True) -> Row:
    """A row for the reason that llama-server gives when it gives up a load."""
    return Row(code, cause, remedy, repeatable, tuple(map(LateRegex, patterns)))
