"""Texts to decode after, for drafts: what a draft guesses depends on what is written. All of our own."""

from __future__ import annotations

from typing import Literal

TextKind = Literal["code", "prose", "repetition"]

_CODE = '''\
Continue this Python module in the same style.

class Shelf:
    """Books by the place where they stand."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def put(self, title: str, place: int) -> None:
        """Note where a book stands."""
        if place < 0:
            raise ValueError(f"no place {place}")
        self._places[title] = place

    def find(self, title: str) -> int | None:
        """Where a book stands; None where it is not on the shelf."""
        return self._places.get(title)

    def remove(self, title: str) -> None:
        """Take a book away."""
'''
_PROSE = """\
The harbour had been quiet all morning. Two boats came in before the tide turned, and the old man who kept
the lamp went down to the quay to ask what they had seen. Nobody had much to say. The wind had blown from the
north for three days, the nets were torn, and the fish had gone to deeper water. He listened, nodded, and
walked back up the hill. From the window of the lamp room one could see the whole bay, the white line of the
bar, and beyond it the grey sea without an end. He sat down to write into the book what he had heard, and then
he saw
"""
_REPETITION = """\
Write the list again, word for word, three times.

station north, 12 trains, 4 platforms, open
station south, 18 trains, 6 platforms, open
station east, 7 trains, 2 platforms, closed
station west, 9 trains, 3 platforms, open
station harbour, 5 trains, 1 platform, closed

station north, 12 trains, 4 platforms, open
station south, 18 trains, 6 platforms, open
station east, 7 trains, 2 platforms, closed
"""
TEXTS: dict[TextKind, str] = {"code": _CODE, "prose": _PROSE, "repetition": _REPETITION}
"""By kind."""
ROOM_TOKENS = 512
"""No tokenizer makes more of any of them."""
