"""What the token events of one stream have in common: all but their text.

Nearly every event of a reply says what the one before it said, with other text. Such an event is recognized
by its bytes, at a fifth of what it costs to decode it and to read its JSON.
"""

from __future__ import annotations

import re

_find_text = re.compile(rb'content": ?"([^"\\\x00-\x1f]+)"').search
"""Text without quotes and escapes: it ends where its quote is."""
_is_text = re.compile(rb'[^"\\\x00-\x1f]+').fullmatch


class TokenMould:
    """Cast from an event that was read in full and said nothing besides its text; others fit it or do not."""

    __slots__ = ("_after", "_before", "_is_useful")

    def __init__(self) -> None:
        self._before: bytes | None = None
        self._after = b""
        self._is_useful = True
        """The last cast fitted something: where every event differs in more than its text, none is of use."""

    def fits(self, data: bytes) -> bool:
        """Whether a read between two events is the event of the last cast with other text (not empty)."""
        before, after = self._before, self._after
        if before is None or not data.startswith(before) or not data.endswith(after):
            return False
        if _is_text(data, len(before), len(data) - len(after)) is None:
            return False
        self._is_useful = True
        return True

    def cast(self, data: bytes, payload: bytes) -> None:
        """Take the shape of a read whose last event had text, if it brought no more than that."""
        if self._is_useful and data == b"data: %b\n\n" % payload and (text := _find_text(data)) is not None:
            self._before, self._after = data[: text.start(1)], data[text.end(1) :]
            self._is_useful = False
