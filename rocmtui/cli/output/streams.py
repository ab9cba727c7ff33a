"""Standard output that is absent, closed, full or not UTF-8, or no terminal where one is needed."""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from typing import TextIO

from rocmtui.errors import UsageError

HEADLESS = "without one: rocmtui load, or rocmtui demo --headless"
_lost: list[OSError] = []
"""What kept stdout from being written, since `mend_streams`."""

CANNOT_WRITE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF, errno.EROFS}

IN_PROSE = {"→": "->", "…": "...", "±": "+-", "°": " ", "━": "-"}
"""Likenesses that need not be as wide as the glyph, besides those of `core/text/likeness.py`."""


def mend_streams() -> None:
    """Give a closed stdout or stderr somewhere to go, and let stdout replace what it cannot encode."""
    _lost.clear()
    if sys.stdout is None:
        sys.stdout = _nowhere()
    if sys.stderr is None:
        sys.stderr = _nowhere()
    if isinstance(sys.stdout, io.TextIOWrapper):
        codecs.register_error("likeness", _likeness)
        sys.stdout.reconfigure(errors="likeness")


def _likeness(error: UnicodeError) -> tuple[str, int]:
    """What a stream cannot encode as what comes near it: a minus sign stays a minus sign."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    from rocmtui.core.text.likeness import LIKENESS

    likeness = LIKENESS | IN_PROSE
    missing = error.object[error.start : error.end]
    return "".join(likeness.get(character, "?") for character in missing), error.end


def silence(stream: TextIO) -> None:
    """Drop what a stream cannot write, now and later: Python flushes again at its end."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def need_terminal() -> None:
    """Raises UsageError where the app cannot be shown."""
    if not (sys.stdin.isatty() and sys.stderr.isatty() and sys.stdout.isatty()):
        raise UsageError("the app needs a terminal for its input and output", HEADLESS)
    if os.environ.get("TERM", "dumb") == "dumb":
        raise UsageError("TERM is `dumb`: this terminal cannot show the app", HEADLESS)


def tell(stream: TextIO | None, text: str) -> None:
    """Write to a stream; one that is closed, or that nobody reads any more, gets nothing.

    What stdout did not take is not forgotten: see `raise_lost`.
    """
    if stream is None:
        return
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        silence(stream)
        if stream is sys.stdout:
            _lost.append(error)


def raise_lost() -> None:
    """Raises the OSError for which the results did not reach stdout, if there was one."""
    if _lost:
        raise _lost[0]


def _nowhere() -> TextIO:
    return os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")
