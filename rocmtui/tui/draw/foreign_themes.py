"""Textual's own themes with what ours have besides: a colour for every role, each of which can be read."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

LEAST_CONTRAST = 3.5
LEAST_APART = 90.0
"""Distance of two colours in the RGB cube from which on they are told apart at a glance."""
AMBER = Color.parse("#e0a000")


@cache
def foreign_themes() -> dict[str, Theme]:
    """All of them but those that take the terminal's colours, by name."""
    return {name: _adapted(theme) for name, theme in BUILTIN_THEMES.items() if not theme.ansi}


def contrast(one: Color, other: Color) -> float:
    """The ratio of WCAG 2, from 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(color: Color) -> float:
    parts = (part / 255 for part in color.rgb)
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _adapted(theme: Theme) -> Theme:
    """The accent of many is their warning: the first colour is what says 'here' and what is decoded."""
    background = Color.parse(theme.background or ("#101216" if theme.dark else "#fafafa"))
    text = Color.parse(theme.foreground or ("#d8dbe2" if theme.dark else "#1d2026"))

    def legible(color: Color) -> Color:
        steps = (color.blend(text, step / 20) for step in range(21))
        return next((c for c in steps if contrast(c, background) >= LEAST_CONTRAST), text)

    def role(value: str | None, default: str) -> Color:
        return legible(Color.parse(value or default))

    bad, first, good = role(theme.error, "#e5534b"), role(theme.primary, ""), role(theme.success, "#57ab5a")
    warning = role(theme.warning, "#d9a441")
    if _distance(warning, bad) < LEAST_APART * 2 / 3:
        warning = legible(warning.blend(AMBER, 0.7))
    others = [role(theme.secondary, theme.primary), role(theme.accent, theme.primary), good]
    second = _apart(others, (first, warning))
    own = {
        "decode": first.hex,
        "prefill": second.hex,
        "queue": warning.hex,
        "overhead": legible(background.blend(text, 0.5)).hex,
        "muted": legible(background.blend(text, 0.6)).hex,
        "line": background.blend(text, 0.24).hex,
    }
    return replace(
        theme,
        primary=first.hex,
        secondary=second.hex,
        accent=first.hex,
        foreground=text.hex,
        background=background.hex,
        success=good.hex,
        warning=warning.hex,
        error=bad.hex,
        variables={**theme.variables, **own},
    )


def _apart(candidates: Iterable[Color], known: tuple[Color, ...]) -> Color:
    """The first that is unlike all that are known, else the one that is most unlike them."""
    choice = [(min(_distance(color, other) for other in known), color) for color in candidates]
    return next((color for far, color in choice if far >= LEAST_APART), max(choice, key=lambda c: c[0])[1])


def _distance(one: Color, other: Color) -> float:
    return math.dist(one.rgb, other.rgb)
