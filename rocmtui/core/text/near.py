"""What somebody may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Collection


def did_you_mean(word: str, known: Collection[str], otherwise: str = "") -> str:
    """`did you mean NAME?`, or `otherwise` where nothing comes near."""
    near = (
        difflib.get_close_matches(word, known, n=1) or [name for name in known if word and word in name][:1]
    )
    return f"did you mean {near[0]}?" if near else otherwise
