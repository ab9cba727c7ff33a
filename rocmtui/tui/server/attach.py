"""Attach to a server that runs already, here or elsewhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from rocmtui.core.server.url import EXAMPLE, key_variable_problem, parse_server_url
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import RocmtuiError, UsageError
from rocmtui.tui.dialogs.dialog import Dialog, DialogBox
from rocmtui.tui.form.pick_list import Column, PickList, Row
from rocmtui.tui.form.text_field import TextField, problem_with


class FoundServer(msgspec.Struct, frozen=True):
    """A server that was found running on this machine."""

    url: str
    words: str
    """What is known of it: model, pid."""
    kept: bool = False
    """Left running by an earlier session of ours."""


class AttachChoice(msgspec.Struct, frozen=True):
    """Which server to attach to."""

    url: str
    api_key_env: str | None = None
    """The name of the variable that holds the key; never the key."""
    model: str | None = None
    """The one that is meant, of several."""


class AttachScreen(Dialog[AttachChoice | None]):
    """Asks for an address, and lists servers `find` comes up with; ends in a choice or None."""

    DEFAULT_CSS = """
    AttachScreen PickList { height: auto; max-height: 6; margin: 1 1 0 0; display: none; }
    AttachScreen .quiet { margin: 1 1 0 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "attach"),
        Binding("escape", "dismiss(None)", "cancel", key_display="esc"),
    ]

    def __init__(
        self,
        url: str = "",
        find: Callable[[], Awaitable[tuple[FoundServer, ...]]] | None = None,
    ) -> None:
        super().__init__()
        self._url = url
        self._find = find

    def compose(self) -> ComposeResult:
        """Address, key variable, model, servers found."""
        with DialogBox("attach to a running server", *self.foot()):
            yield TextField(
                "address", self._url, name="url", placeholder="127.0.0.1:8080", check=_url_problem
            )
            hint = "if it asks: such as LLAMA_API_KEY"
            yield TextField("key variable", name="key", placeholder=hint, check=key_variable_problem)
            several = "of several, the first that chats"
            yield TextField("model", name="model", placeholder=several)
            yield PickList((Column(title="running here"), Column(title="", cells=40, priority=1)))
            what = f"An address {EXAMPLE}. It is watched and loaded, never stopped."
            yield Static(what, classes="quiet", markup=False)

    def on_mount(self) -> None:
        """Look around while the user types."""
        self.query_one("#field-url Input").focus()
        if self._find is not None:
            self.run_worker(self._look(self._find), group="find")

    async def _look(self, find: Callable[[], Awaitable[tuple[FoundServer, ...]]]) -> None:
        try:
            found = await find()
        except RocmtuiError as error:
            self.notify(clean_line(error.message, 300), severity="warning", markup=False)
            return
        if not self.query(PickList):  # the user went on meanwhile
            return
        rows = [Row(key=server.url, texts=(server.url, clean_line(server.words, 60))) for server in found]
        listed = self.query_one(PickList)
        listed.set_rows(rows)
        listed.display = bool(rows)
        field = self.query_one("#field-url", TextField)
        if rows and not field.value:
            field.set_value(rows[0].key)

    @on(PickList.Moved)
    def _server_moved(self, event: PickList.Moved) -> None:
        self.query_one("#field-url", TextField).set_value(event.key)

    @on(PickList.Picked)
    @on(Input.Submitted)
    def action_take(self) -> None:
        """End in the choice, unless something is wrong with it."""
        typed = self.query_one("#field-url", TextField)
        key = self.query_one("#field-key", TextField).value.strip()
        try:
            url = parse_server_url(typed.value)
        except UsageError as error:
            typed.say(problem=error.message)
            return
        model = self.query_one("#field-model", TextField).value.strip()
        if key_variable_problem(key) is None:
            self.dismiss(AttachChoice(url, key or None, model or None))


def _url_problem(text: str) -> str | None:
    return problem_with(text, parse_server_url) if text.strip() else None
