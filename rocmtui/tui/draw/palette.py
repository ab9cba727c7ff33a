"""From roles to colours: the one place where a drawing meets the theme."""

from __future__ import annotations

from rich.style import Style
from textual.color import Color
from textual.theme import Theme

_BOLD = frozenset({"title", "strong", "figure", "chip"})
_MIXED = {"ghost": 0.24, "track": 0.14, "faint": 0.45}
"""Roles between background and text, and how near to the text."""


class Palette:
    """Styles of one theme, by role.

    `decode@60` is the role's colour at 60 % over the background; `decode/ghost` draws it on the ghost's.
    """

    def __init__(self, theme: Theme) -> None:
        self._ansi = theme.ansi
        self._colors = _colors_of(theme)
        self._styles: dict[tuple[str, str, str], Style] = {}

    def style(self, role: str, tag: str = "", action: str = "") -> Style:
        """The Rich style of a role; tag and action travel in its meta."""
        key = (role, tag, action)
        found = self._styles.get(key)
        if found is None:
            found = self._styles[key] = self._make(role, tag, action)
        return found

    def _make(self, role: str, tag: str, action: str) -> Style:
        name, _, strength = role.partition("@")
        name, _, over = name.partition("/")
        color = self._colors.get(name, self._colors["text"])
        back = self._colors[over] if over else self._colors["background"]
        if strength and not self._ansi:
            color = self._colors["background"].blend(color, int(strength) / 100)
        if name == "selected":
            back = self._colors["selection"]
        reverse = name in ("chip", "marked") or (name == "selected" and self._ansi)
        style = Style(
            color=color.rich_color,
            bgcolor=back.rich_color,
            bold=name in _BOLD or None,
            reverse=reverse or None,
        )
        meta = {"tag": tag} if tag else {}
        if action:
            meta["@click"] = action
        return style + Style.from_meta(meta) if meta else style


def _colors_of(theme: Theme) -> dict[str, Color]:
    """Our themes give every colour; for another Textual theme the missing ones are derived."""
    own = theme.variables.get
    background = Color.parse(theme.background or ("#101216" if theme.dark else "#fafafa"))
    text = Color.parse(theme.foreground or ("#d8dbe2" if theme.dark else "#1d2026"))
    accent = theme.accent or theme.primary

    def mix(amount: float) -> Color:
        return Color.parse("ansi_bright_black") if theme.ansi else background.blend(text, amount)

    colors = {name: mix(amount) for name, amount in _MIXED.items()}
    colors |= {
        "background": background,
        "text": text,
        "title": text,
        "strong": text,
        "figure": text,
        "accent": Color.parse(accent),
        "chip": Color.parse(accent),
        "marked": Color.parse(accent),
        "border.focus": Color.parse(accent),
        "good": Color.parse(theme.success or "#57ab5a"),
        "warning": Color.parse(theme.warning or "#d9a441"),
        "bad": Color.parse(theme.error or "#e5534b"),
        "muted": Color.parse(own("muted", mix(0.6).hex if not theme.ansi else "ansi_white")),
        "border": Color.parse(own("line", mix(0.24).hex if not theme.ansi else "ansi_bright_black")),
        "decode": Color.parse(own("decode", accent)),
        "prefill": Color.parse(own("prefill", theme.secondary or theme.primary)),
        "queue": Color.parse(own("queue", theme.warning or "#d9a441")),
        "overhead": Color.parse(own("overhead", mix(0.5).hex if not theme.ansi else "ansi_magenta")),
        "selected": text,
    }
    colors["selection"] = background if theme.ansi else background.blend(colors["accent"], 0.28)
    colors["server"], colors["others"] = colors["decode"], colors["faint"]
    return colors
