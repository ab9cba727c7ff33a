"""What can be done here: keys in groups, found by typing, and what the panels show."""

from __future__ import annotations

import textwrap
from typing import Any, ClassVar, NamedTuple

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.dom import DOMNode
from textual.keys import format_key
from textual.screen import Screen
from textual.widgets import Static

from rocmtui.tui.dialogs.dialog import Dialog, DialogBox, Key
from rocmtui.tui.draw.panel import Panel

KEY_NAMES = {
    "minus": "−",
    "escape": "Esc",
    "enter": "Enter",
    "f1": "F1",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "delete": "Del",
    "backslash": "\\",
}
"""Keys that people write otherwise than Textual does."""
_OF_TEXTUAL = frozenset({"tab", "shift+tab", "ctrl+c", "super+c", "ctrl+i", "ctrl+q"})
GROUPS = {
    "load": ("load_plan", "more", "fewer", "pause", "stop_load", "result"),
    "look": ("only", "waterfall", "time_window", "explain", "figure", "search", "back"),
    "server": ("start", "leave", "server", "attach", "bench", "sweep"),
    "runs and pictures": ("runs", "record", "picture"),
    "everywhere": ("command_palette", "help", "choose_theme", "quit_run", "quit_choosing"),
}
"""Actions by what they are about; what a screen has besides stands in a group of its own."""
FEWEST = 2
"""A group of fewer keys is none: they stand with those of the screen."""
LEAST_COLUMN, KEY_CELLS = 32, 8
AROUND = 7
"""Cells of the box's frame, padding and scrollbar."""


BOX_CELLS = 124


EVERYWHERE = "next panel; click, scroll and hover work everywhere"


class KeyEntry(NamedTuple):
    """Something one can do, its keys as they are written, and where the action lives."""

    keys: str
    description: str
    action: str
    node: DOMNode


class HelpScreen(Dialog[None]):
    """Keys and panels of the screen below."""

    DEFAULT_CSS = f"HelpScreen > DialogBox {{ width: {BOX_CELLS}; }}"
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,question_mark,f1", "leave", "back"),
    ]
    needle = ""
    """What was typed to find a key by."""

    def __init__(self, place: Screen[Any]) -> None:
        super().__init__()
        self._groups = grouped(place)
        self._panels = [panel for panel in place.query(Panel) if panel.HELP_TEXT and panel.display]

    def compose(self) -> ComposeResult:
        """The groups side by side, then the panels."""
        with DialogBox("keys", "type to find", "↑ ↓ PgDn scroll", Key("esc", "back", "leave")):
            yield Static(id="help-keys")
            yield Static("what is shown", classes="quiet below help-panel", markup=False)
            for panel in self._panels:
                words = Text.assemble((f"{panel.key} ", "bold"), panel.HELP_TEXT)
                yield Static(words, markup=False, classes="help-panel")

    def on_resize(self, event: events.Resize) -> None:
        """As many columns as there is room for."""
        self._show()

    def on_key(self, event: events.Key) -> None:
        """Letters narrow the list."""
        if event.key == "backspace":
            self.needle = self.needle[:-1]
        elif event.is_printable and event.character and event.character != "?":
            self.needle += event.character.casefold()
        else:
            return
        event.stop()
        self._show()

    def action_leave(self) -> None:
        """Take the letters away, or leave."""
        if self.needle:
            self.needle = ""
            self._show()
        else:
            self.dismiss()

    def _show(self) -> None:
        room = min(self.size.width * 96 // 100, BOX_CELLS) - AROUND
        across = max(min(room // LEAST_COLUMN, 3), 1)
        cells = room // across
        blocks = [block for name, entries in self._groups if (block := self._block(name, entries, cells))]
        columns: list[list[Text]] = [[] for _ in range(across)]
        for block in blocks:
            shortest = min(columns, key=len)
            shortest += [*([Text()] if shortest else []), *block]
        lines = [_side_by_side(columns, row, cells) for row in range(max(map(len, columns)))]
        said = f"/{self.needle}" + ("" if blocks else "  no key does that")
        title = [Text(said, "bold")] if self.needle else []
        self.query_one("#help-keys", Static).update(Text("\n").join([*title, *lines]))
        for shown in self.query(".help-panel"):
            shown.display = not self.needle and bool(self._panels)

    def _block(self, name: str, entries: list[KeyEntry], cells: int) -> list[Text]:
        """A group's heading and its keys, each over as many lines as it takes in so many cells."""
        found = [e for e in entries if self.needle in f"{e.keys} {e.description} {name}".casefold()]
        lines = [Text(name, "bold")] if found else []
        for entry in found:
            room = cells - KEY_CELLS - 3
            for at, words in enumerate(textwrap.wrap(entry.description, room)):
                key = entry.keys if not at else ""
                gap = " " * max(KEY_CELLS - cell_len(key), 1)
                lines.append(Text.assemble(" ", (key, "bold"), gap, words))
        return lines


def _side_by_side(columns: list[list[Text]], row: int, cells: int) -> Text:
    line = Text()
    for at, column in enumerate(columns):
        line.append(" " * (at * cells - line.cell_len))
        line.append_text(column[row] if row < len(column) else Text())
    return line


def grouped(place: Screen[Any]) -> list[tuple[str, list[KeyEntry]]]:
    """What one can do here by what it is about; the keys of the focused panel first."""
    entries = keys_of(place)
    focus = place.focused
    own = [entry for entry in entries if focus is not None and entry.node is focus]
    name = getattr(focus, "name_in_tabs", "")
    rest = [entry for entry in entries if entry not in own]
    about = {title: _of_group(rest, actions) for title, actions in GROUPS.items()}
    groups = {title: known for title, known in about.items() if len(known) >= FEWEST}
    told = {entry for known in groups.values() for entry in known}
    groups["everywhere"] = [*groups.get("everywhere", []), KeyEntry("Tab", EVERYWHERE, "", place)]
    found = [
        (f"in the panel {name}" if name else "in the panel with the focus", own),
        ("here", [entry for entry in rest if entry not in told]),
        *((title, _digits_joined(known)) for title, known in groups.items()),
    ]
    return [group for group in found if group[1]]


def _of_group(entries: list[KeyEntry], actions: tuple[str, ...]) -> list[KeyEntry]:
    known = [entry for entry in entries if _verb(entry) in actions]
    return sorted(known, key=lambda entry: actions.index(_verb(entry)))


def _verb(entry: KeyEntry) -> str:
    return entry.action.partition("(")[0].rpartition(".")[2]


def _digits_joined(entries: list[KeyEntry]) -> list[KeyEntry]:
    """The keys that show one panel alone as one line."""
    digits = [e for e in entries if e.action.startswith("only('") and e.keys.isdecimal() and e.keys != "0"]
    if len(digits) < 2:
        return entries
    names = ", ".join(entry.description.removesuffix(" alone") for entry in digits)
    joined = KeyEntry(f"{digits[0].keys}-{digits[-1].keys}", f"alone: {names}", "", digits[0].node)
    return [joined, *(entry for entry in entries if entry not in digits)]


def keys_of(screen: Screen[Any]) -> list[KeyEntry]:
    """Keys that do something now, with what they do; keys of one action stand together."""
    grouped: dict[str, KeyEntry] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        if binding.key in _OF_TEXTUAL or not binding.description or not active.enabled:
            continue
        name = KEY_NAMES.get(binding.key) or format_key(binding.key).replace("ctrl+", "^")
        does = binding.tooltip or binding.description
        does = "palette of all that can be done here" if binding.action.endswith("command_palette") else does
        known = grouped.get(does)
        keys = f"{known.keys} {name}" if known else name
        grouped[does] = KeyEntry(keys, does, binding.action, active.node)
    return list(grouped.values())
