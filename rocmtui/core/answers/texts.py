"""Texts of our own that nobody ends in two ways, and texts to compare two servers along."""

from __future__ import annotations

import msgspec


class Certain(msgspec.Struct, frozen=True):
    """A text whose next word is certain to any model that knows the language."""

    prompt: str
    expected: tuple[str, ...]
    """What may follow, blanks before it left out."""


LOOK = (
    Certain("One, two, three, four, five, six,", ("seven",)),
    Certain("Monday, Tuesday, Wednesday, Thursday,", ("Friday",)),
    Certain("January, February, March, April, May,", ("June",)),
    Certain("A, B, C, D, E, F,", ("G",)),
    Certain("import numpy as", ("np",)),
    Certain("To be, or not to be, that is the", ("question",)),
    Certain("Once upon a", ("time",)),
    Certain("north, south, east and", ("west",)),
    Certain("The quick brown fox jumps over the lazy", ("dog",)),
    Certain("Twinkle, twinkle, little", ("star",)),
)
"""What a look before a load asks for, two tokens each."""

PARAGRAPHS = (
    "One, two, three, four, five, six,",
    "The water cycle describes how water moves on, above and below the surface of the Earth. First,",
    "def fibonacci(n):\n    if n < 2:\n        return n\n",
    "The capital of France is Paris. The capital of Germany is Berlin. The capital of Italy is",
    "Q: What do bees make?\nA: Honey.\n\nQ: What do cows give?\nA:",
    "It was a dark and stormy night; the rain fell in torrents, and",
)
"""What `verify` lets the reference go on with and then compares position by position."""

FILLER = (
    "The river rises in the hills and runs south past three old towns. Each town has a bridge, a mill and "
    "a market. In spring the water is high and the mills turn all day; in autumn it is low and children "
    "cross it on stones. Nobody remembers who built the first bridge. "
)
"""Repeated before a text where it is to be read at a depth."""
