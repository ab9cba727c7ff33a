"""One row of the table of known ends of llama-server, and what kind of line it knows."""

from __future__ import annotations

from typing import Literal

import msgspec

from rocmtui.core.text.late_regex import LateRegex

Kind = Literal["fatal", "load", "warning", "signal"]
"""`fatal`: what a crash itself prints. `load`: why a load was given up. `warning`: said and survived, because
there is a fallback: it never explains an end. `signal`: nothing was printed, the signal alone tells."""


class Row(msgspec.Struct, frozen=True):
    """One known line or group of lines. Named groups of the patterns fill the braces of cause and remedy."""

    kind: Kind
    code: str
    patterns: tuple[LateRegex[str], ...]
    """All must be found, each in any line."""
    cause: str
    remedy: str
    repeatable: bool
    """The same start ends the same way."""


def fatal(code: str, *patterns: str, cause: str, remedy: str, repeatable: bool = False) -> Row:
    """A row for what a crash prints; the tests hold a sample of log lines for each row."""
    return Row("fatal", code, tuple(map(LateRegex, patterns)), cause, remedy, repeatable)


def load_error(code: str, *patterns: str, cause: str, remedy: str, repeatable: bool = True) -> Row:
    """A row for the reason that llama-server gives when it gives up a load."""
    return Row("load", code, tuple(map(LateRegex, patterns)), cause, remedy, repeatable)


def warning(code: str, pattern: str, *, cause: str) -> Row:
    """A row for a line that sounds bad and is survived; `cause` says what llama-server does instead."""
    return Row("warning", code, (LateRegex(pattern),), cause, "", True)


def by_signal(code: str, *, cause: str, remedy: str, repeatable: bool = False) -> Row:
    """A row for an end that only its signal tells of."""
    return Row("signal", code, (), cause, remedy, repeatable)
