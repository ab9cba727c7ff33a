"""The theme asked for on the command line."""

from __future__ import annotations

from rocmtui.core.text.near import did_you_mean
from rocmtui.errors import UsageError


def known_theme(name: str | None) -> str | None:
    """`name` when there is such a theme, or none was asked for. Raises UsageError naming those there are."""
    if name is None:
        return None
    from rocmtui.tui.draw.themes import load_themes

    names = sorted(loaded.theme.name for loaded in load_themes().loaded)
    if name in names:
        return name
    raise UsageError(
        f"no theme is named {name!r}", did_you_mean(name, names, f"there are: {', '.join(names)}")
    )
