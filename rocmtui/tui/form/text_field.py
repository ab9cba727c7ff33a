"""A form field of one line that is typed, and checked as one types."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Static

from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import UsageError
from rocmtui.tui.form.field import LABEL_CELLS, MOVE_BINDINGS, FieldChanged, field_id

MAX_TYPED = 10_000


class TextField(Horizontal):
    """A typed value on one line; `check` returns what is wrong with it, or None."""

    DEFAULT_CSS = f"""
    TextField {{ height: 1; }}
    TextField:focus-within {{ background: $accent 20%; }}
    TextField:ansi:focus-within {{ background: $background; }}
    TextField > .field-label {{ width: {LABEL_CELLS + 1}; padding: 0 1; color: $muted; }}
    TextField > Input {{ width: 1fr; padding: 0 1; background: $foreground 8%; }}
    TextField > Input:focus {{ background: $foreground 14%; }}
    TextField > .field-problem {{ width: auto; max-width: 55%; color: $error; text-style: bold;
        text-wrap: nowrap; text-overflow: ellipsis; }}
    """
    BINDINGS: ClassVar[list[BindingType]] = MOVE_BINDINGS

    def __init__(
        self,
        label: str,
        value: str = "",
        *,
        name: str,
        placeholder: str = "",
        check: Callable[[str], str | None] | None = None,
    ) -> None:
        super().__init__(name=name, id=field_id(name))
        self.label = label
        self._check = check
        shown = f"({placeholder})" if placeholder else ""  # so that it is no value without colours either
        self._input = Input(_typable(value), placeholder=shown, compact=True, select_on_focus=False)
        self._problem = Static("", classes="field-problem", markup=False)

    def compose(self) -> ComposeResult:
        """Label, input, problem."""
        yield Static(self.label, classes="field-label", markup=False)
        yield self._input
        yield self._problem

    @property
    def value(self) -> str:
        """What stands in the field."""
        return self._input.value

    def set_value(self, value: str) -> None:
        """Show a value without telling the screen."""
        with self._input.prevent(Input.Changed):
            self._input.value = _typable(value)
        self._show_problem(self._check(value) if self._check else None)

    def say(self, hint: str = "", problem: str = "", was: str = "") -> None:
        """Show what is wrong, or what it was before."""
        del hint
        self._show_problem(problem or None, was)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Check as one types."""
        event.stop()
        self._show_problem(self._check(event.value) if self._check else None)
        self.post_message(FieldChanged(self, self.name or ""))

    def _show_problem(self, problem: str | None, was: str = "") -> None:
        first = problem.splitlines()[0] if problem else ""
        self._problem.update(f" ✗ {first} " if first else f" was {was} " if was else "")


def problem_with(text: str, parse: Callable[[str], object]) -> str | None:
    """Why it is not understood; None where it is."""
    try:
        parse(text)
    except UsageError as error:
        return error.message
    return None


def _typable(value: str) -> str:
    """A value as it can stand in a line; what is kept elsewhere stays as it was until it is edited."""
    return clean_line(value, MAX_TYPED)
