"""Themes from TOML files: the good ones are loaded, each bad one is reported."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from typing import NamedTuple

import msgspec
from textual.color import Color, ColorParseError
from textual.theme import Theme

from rocmtui.adapters.machine.theme_files import ThemeText, read_theme_files
from rocmtui.errors import UsageError
from rocmtui.tui.draw.foreign_themes import foreign_themes

DEFAULT_THEME = "midnight"
POPULAR = ("nord", "gruvbox", "tokyo-night", "catppuccin-mocha", "dracula")
"""Themes of Textual that people have everywhere else too."""
TERMINAL_THEME = "terminal"
"""For terminals of 16 colours and for NO_COLOR."""


class ThemeColors(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The [colors] table: `#rrggbb`, a CSS name, or `ansi_...` with `ansi = true`."""

    background: str
    text: str
    accent: str
    """Keys, focus and marks: the one colour that says 'here'."""
    decode: str
    prefill: str
    queue: str
    overhead: str
    good: str
    warning: str
    bad: str
    muted: str
    """Labels and whatever is of second rank."""
    line: str
    """Borders and axes."""


class ThemeFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A theme file."""

    title: str
    description: str = ""
    dark: bool = True
    ansi: bool = False
    """Uses the terminal's own colours."""
    colors: ThemeColors


class LoadedTheme(NamedTuple):
    """A theme and how it introduces itself."""

    theme: Theme
    title: str
    description: str


class ThemeFailure(NamedTuple):
    """A file that holds no theme, and why."""

    path: str
    reason: str


class ThemeLoad(NamedTuple):
    """Both halves of a search for themes."""

    loaded: tuple[LoadedTheme, ...]
    failed: tuple[ThemeFailure, ...]


def load_themes(files: Iterable[ThemeText] | None = None) -> ThemeLoad:
    """Read and understand every theme file; nothing is raised for a bad one."""
    loaded: dict[str, LoadedTheme] = {}
    failed: list[ThemeFailure] = []
    for file in read_theme_files() if files is None else files:
        if file.error is not None:
            failed.append(ThemeFailure(file.path, file.error))
            continue
        try:
            loaded[file.name] = parse_theme(file.name, file.text)
        except UsageError as error:
            failed.append(ThemeFailure(file.path, error.message))
    if files is None:
        foreign = foreign_themes()
        for name in POPULAR:
            loaded.setdefault(name, LoadedTheme(foreign[name], name, "as other programs have it"))
    return ThemeLoad(tuple(loaded.values()), tuple(failed))


def parse_theme(name: str, text: str) -> LoadedTheme:
    """A theme from the text of its file. Raises UsageError saying which key is wrong."""
    try:
        file = msgspec.convert(tomllib.loads(text), ThemeFile)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"is not TOML: {error}") from None
    except msgspec.ValidationError as error:
        raise UsageError(str(error)) from None
    colors: dict[str, str] = msgspec.to_builtins(file.colors)
    for key, value in colors.items():
        try:
            color = Color.parse(value)
        except ColorParseError:
            raise UsageError(f"colors.{key}: {value!r} is no colour") from None
        if (color.ansi is not None) != file.ansi:
            rule = "needs an ansi_... colour" if file.ansi else "is the terminal's: add `ansi = true`"
            raise UsageError(f"colors.{key}: {value!r} {rule}")
    return LoadedTheme(_theme(name, file, colors), file.title, file.description)


def _theme(name: str, file: ThemeFile, colors: dict[str, str]) -> Theme:
    own = ("decode", "prefill", "queue", "overhead", "muted", "line")
    variables = {key: colors[key] for key in own}
    if file.ansi:
        variables |= {
            "ansi-background": "ansi_black",
            "ansi-foreground": "ansi_white",
            "border": colors["accent"],
            "border-blurred": colors["line"],
            "block-cursor-foreground": "ansi_black",
            "block-cursor-background": colors["accent"],
            "input-cursor-background": "ansi_white",
            "input-cursor-foreground": "ansi_black",
            "input-cursor-text-style": "none",
            "input-selection-background": "ansi_blue",
            "input-selection-foreground": "ansi_white",
            "screen-selection-background": "ansi_blue",
            "screen-selection-foreground": "ansi_white",
        }
    return Theme(
        name=name,
        dark=file.dark,
        ansi=file.ansi,
        primary=colors["accent"],
        secondary=colors["prefill"],
        accent=colors["accent"],
        foreground=colors["text"],
        background=colors["background"],
        surface=colors["background"] if file.ansi else _raised(file, 0.05),
        panel=colors["line"] if file.ansi else _raised(file, 0.10),
        success=colors["good"],
        warning=colors["warning"],
        error=colors["bad"],
        variables=variables,
    )


def _raised(file: ThemeFile, amount: float) -> str:
    """A shade between background and text."""
    background, text = Color.parse(file.colors.background), Color.parse(file.colors.text)
    return background.blend(text, amount).hex
