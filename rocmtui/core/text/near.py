"""What somebody may have meant."""

from __future__ import annotations

from collections.abc import Collection

ALIKE = 0.7
"""How alike a word and the beginning of a name must be, where the rest of the name was left out."""


def did_you_mean(word: str, known: Collection[str], otherwise: str = "") -> str:
    """`did you mean NAME?`, or `otherwise` where nothing comes near."""
    near = nearest(word, known)
    return otherwise if near is None else f"did you mean {near}?"


def nearest(word: str, known: Collection[str]) -> str | None:
    """The name most like it, else one it is a part of, else one that begins nearly so."""
    import difflib  # a millisecond, for a word that was mistyped

    alike = difflib.get_close_matches(word, known, n=1) or [name for name in known if word and word in name]
    if alike:
        return alike[0]
    begun = {name[: len(word)]: name for name in known}
    return next((begun[near] for near in difflib.get_close_matches(word, begun, n=1, cutoff=ALIKE)), None)
