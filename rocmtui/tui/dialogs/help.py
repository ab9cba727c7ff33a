"""What can be done here: the keys of the place one is in, and what its panels show."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
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
    "delete": "delete",
}
"""Keys that people write otherwise than Textual does."""
_OF_TEXTUAL = frozenset({"tab", "shift+tab", "ctrl+c", "super+c", "ctrl+i", "ctrl+q"})


class KeyEntry(NamedTuple):
    """Something one can do, its keys as they are written, and where the action lives."""

    keys: str
    description: str
    action: str
    node: DOMNode


class HelpScreen(Dialog[None]):
    """Keys and panels of the screen below."""

    DEFAULT_CSS = "HelpScreen > DialogBox { width: 110; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark", "dismiss", "back")]

    def __init__(self, place: Screen[Any]) -> None:
        super().__init__()
        self._place = place
        self._keys = keys_of(place)

    def compose(self) -> ComposeResult:
        """Two lists."""
        with DialogBox("help", Key("esc", "back", "dismiss")):
            yield Static(self._key_list(), classes="strong")
            panels = [panel for panel in self._place.query(Panel) if panel.HELP_TEXT and panel.display]
            if panels:
                yield Static("what is shown", classes="quiet below", markup=False)
            for panel in panels:
                yield Static(Text.assemble((f"{panel.key} ", "bold"), panel.HELP_TEXT), markup=False)

    def _key_list(self) -> Text:
        lines = Text(style="not bold")
        for entry in self._keys:
            lines.append(f"{entry.keys:<14}", style="bold")
            lines.append(f"{entry.description}\n")
        lines.append(f"{'Tab':<14}", style="bold")
        lines.append("next panel; click, scroll and hover work everywhere\n")
        return lines


def keys_of(screen: Screen[Any]) -> list[KeyEntry]:
    """Keys that do something now, with what they do; keys of one action stand together."""
    grouped: dict[str, KeyEntry] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        if binding.key in _OF_TEXTUAL or not binding.description or not active.enabled:
            continue
        name = KEY_NAMES.get(binding.key) or format_key(binding.key).replace("ctrl+", "^")
        known = grouped.get(binding.description)
        keys = f"{known.keys} {name}" if known else name
        grouped[binding.description] = KeyEntry(keys, binding.description, binding.action, active.node)
    return list(grouped.values())
