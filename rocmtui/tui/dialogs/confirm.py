"""Two small questions: yes or no, and a name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from rocmtui.tui.dialogs.dialog import Dialog, DialogBox, Key


class ConfirmScreen(Dialog[bool]):
    """Asks before something that cannot be undone or will not do; ends in True or False."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "dismiss(True)", "yes"),
        Binding("n,escape", "dismiss(False)", "no"),
    ]

    def __init__(self, title: str, question: str, *, yes: str = "yes", no: str = "no") -> None:
        super().__init__()
        self._title = title
        self._question = question
        self._yes = yes
        self._no = no

    def compose(self) -> ComposeResult:
        """The question and its two keys."""
        keys = (Key("enter", self._yes, "dismiss(True)"), Key("esc", self._no, "dismiss(False)"))
        with DialogBox(self._title, *keys):
            yield Static(self._question, markup=False)


def ask_each(app: App[Any], doubts: Sequence[tuple[str, str]], done: Callable[[], object]) -> None:
    """A title and a question each, one after the other; any no ends it, else `done` is called."""
    if not doubts:
        done()
        return
    (title, question), *rest = doubts
    dialog = ConfirmScreen(title, question, yes="start", no="back")
    app.push_screen(dialog, lambda sure: ask_each(app, rest, done) if sure else None)


class AskNameScreen(Dialog[str | None]):
    """Asks for one line of text; ends in it, or in None. `check` returns what is wrong with it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "cancel")]

    def __init__(
        self, title: str, said: str, value: str = "", check: Callable[[str], str | None] | None = None
    ) -> None:
        super().__init__()
        self._title = title
        self._said = said
        self._value = value
        self._check = check

    def compose(self) -> ComposeResult:
        """What is asked, the line, what is wrong."""
        with DialogBox(self._title, Key("enter", "keep", "submit"), Key("esc", "cancel", "dismiss(None)")):
            yield Static(self._said, markup=False)
            yield Input(self._value, compact=True)
            yield Static("", classes="wrong", markup=False)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Check as one types."""
        self.query_one(".wrong", Static).update(self._wrong(event.value) if event.value else "")

    def on_input_submitted(self) -> None:
        """Enter in the line."""
        self.action_submit()

    def action_submit(self) -> None:
        """End, unless it is wrong."""
        value = self.query_one(Input).value
        wrong = self._wrong(value)
        if wrong:
            self.query_one(".wrong", Static).update(wrong)
        else:
            self.dismiss(value.strip())

    def _wrong(self, value: str) -> str:
        return (self._check(value.strip()) if self._check else None) or ""
