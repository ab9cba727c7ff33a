"""The look of every small dialog: a box in the middle over the dimmed screen."""

from __future__ import annotations

from typing import ClassVar, NamedTuple, TypeVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.draw.opening import OpensQuickly

Result = TypeVar("Result")


class Key(NamedTuple):
    """A key, what it does in words, and the screen action a click on it runs."""

    key: str
    words: str
    action: str


LEAST_HIGH = 20
"""Rows from which on a box has air above and below what is in it."""
LOW = [(0, "-low"), (LEAST_HIGH, "-roomy")]
EDGE = 4
"""Cells of the frame's edge that hold no keys."""


class DialogBox(VerticalScroll, can_focus=False):
    """The frame with its keys in the lower edge; scrolls where the terminal is too low for it."""

    def __init__(self, title: str, *keys: Key | str) -> None:
        super().__init__()
        self.border_title = Content(clean_line(title, 200))
        self._keys = [key_words(key) for key in keys if key]

    def on_resize(self) -> None:
        """As many keys as fit into the edge; the last one, which leads out, always."""
        shown = list(self._keys)
        while len(shown) > 1 and _edge_cells(shown) > self.outer_size.width - EDGE:
            shown.pop(-2)
        self.border_subtitle = Content("  ").join(shown) if shown else None


class Dialog(OpensQuickly, ModalScreen[Result]):
    """A modal screen that holds one DialogBox; arrows and pages move what is in it."""

    DEFAULT_CSS = """
    Dialog { align: center middle; background: $background 60%; }
    /* Where nothing can be dimmed the screen below would look as if its keys did something. */
    Dialog:ansi, Dialog:nocolor { background: $background; }
    Dialog > DialogBox {
        width: 72; max-width: 96%; height: auto; max-height: 96%; padding: 1 1 1 2;
        background: $background; border: round $accent; scrollbar-size-vertical: 1;
        border-title-color: $foreground; border-title-style: bold; border-subtitle-color: $muted;
    }
    Dialog > DialogBox > * { margin-right: 1; }
    Dialog.-low > DialogBox { padding: 0 1 0 2; }
    Dialog .quiet { height: auto; color: $muted; }
    Dialog .below { margin: 1 1 0 0; }
    Dialog .wrong { height: auto; color: $error; }
    Dialog .strong { height: auto; text-style: bold; }
    """
    VERTICAL_BREAKPOINTS = LOW
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll(-1)", "up", show=False),
        Binding("down", "scroll(1)", "down", show=False),
        Binding("pageup", "scroll(-10)", "page up", show=False),
        Binding("pagedown", "scroll(10)", "page down", show=False),
        Binding("home", "scroll(-10000)", "to the top", show=False),
        Binding("end", "scroll(10000)", "to the end", show=False),
    ]

    def foot(self) -> list[Key]:
        """Its own bindings that can be used, in their order, as they stand in the box's edge."""
        own = (key for key in self.BINDINGS if isinstance(key, Binding) and key.show)
        return [
            Key(key.key_display or key.key, key.description, key.action)
            for key in own
            if (self.app if key.action.startswith("app.") else self).check_action(_verb(key), ())
        ]

    def copy_out(self, text: str, said: str = "copied") -> None:
        """Put a text on the clipboard, through the terminal, and say so."""
        self.app.copy_to_clipboard(text)
        self.notify(said, timeout=3)

    def action_scroll(self, lines: int) -> None:
        """Move what is in the box."""
        self.query_one(DialogBox).scroll_relative(y=lines, animate=False)


def _verb(key: Binding) -> str:
    return key.action.partition("(")[0].rpartition(".")[2]


def _edge_cells(keys: list[Content]) -> int:
    return sum(key.cell_length + 2 for key in keys)


class KeyRow(Static):
    """A key and what it does on a line of its own; a click on it does it."""

    def __init__(self, key: Key, *, classes: str | None = None) -> None:
        words = Content.from_markup("[$accent]$key[/]  $words", key=key.key, words=key.words)
        super().__init__(words, classes=classes)
        self._key = key

    async def on_click(self) -> None:
        """As the key."""
        await self.screen.run_action(self._key.action)


def key_words(key: Key | str) -> Content:
    """A key and what it does; a click on it does it. Bare words stand for themselves."""
    if isinstance(key, str):
        return Content(key)
    template = f"[@click=screen.{key.action}][$accent]$key[/] $words[/]"
    return Content.from_markup(template, key=key.key, words=key.words)
