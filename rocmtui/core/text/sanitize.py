"""Makes untrusted text (model output, logs, server errors, file names) fit to be shown on one line."""

from __future__ import annotations

import re
import unicodedata

ELLIPSIS = "…"
REPLACEMENT = "\ufffd"

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor, screen
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|\x9c|$)"  # OSC, DCS, SOS, PM, APC: titles, clipboard, links
    r"|\x9b[0-?]*[ -/]*[@-~]"
    r"|[\x90\x98\x9d\x9e\x9f].*?(?:\x07|\x1b\\|\x9c|$)"
    r"|\x1b[ -/]*[0-~]?",
    re.DOTALL,
)


def clean_line(text: str, limit: int = 500) -> str:
    """One printable line of at most `limit` characters, safe for a terminal.

    Escape sequences and invisible characters (controls, direction overrides, zero-width ones) go,
    line breaks and tabs become spaces, lone surrogates U+FFFD. Markup is left alone: draw it as plain text.
    """
    if len(text) <= limit and text.isprintable():
        return text
    # Far more than can survive is cut first, so that a hostile megabyte costs nothing.
    cut = text[: limit * 8 + 1024]
    shown = "".join(map(_shown, _ESCAPES.sub("", cut))).strip()
    if len(shown) <= limit and len(cut) == len(text):
        return shown
    return shown[: max(limit - 1, 0)].rstrip() + ELLIPSIS


def clean_lines(text: str) -> str:
    """Each line of a text as `clean_line` leaves it; a line that needs no cleaning keeps its indent."""
    return "\n".join(clean_line(line, 2000) for line in text.split("\n"))


def quoted(line: str) -> str:
    """A line of somebody else's log as it stands below our own words."""
    return f"  > {clean_line(line, 400)}"


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    category = unicodedata.category(character)
    if category == "Cs":
        return REPLACEMENT
    if character in "\t\n\v\f\r\x85" or category[0] == "Z":
        return " "
    return "" if category in ("Cc", "Cf") else REPLACEMENT
