"""What the fields of a form share: their width, how one moves between them, and the message of a change."""

from __future__ import annotations

from typing import Any, Protocol

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget

LABEL_CELLS = 13

MOVE_BINDINGS: list[BindingType] = [
    Binding("up", "app.focus_previous", "previous field", show=False),
    Binding("down", "app.focus_next", "next field", show=False),
]


def field_id(name: str) -> str:
    """The widget id of a field."""
    return f"field-{name}"


def field_of(widget: Widget | None) -> str:
    """The name of the field that a widget with the focus is, or lies in, or its id; nothing without one."""
    if widget is None:
        return ""
    return widget.name or getattr(widget.parent, "name", None) or widget.id or ""


class Field(Protocol):
    """Anything with a value that a user can change."""

    @property
    def value(self) -> Any: ...


class FieldChanged(Message):
    """A field has a new value."""

    def __init__(self, field: Field, name: str) -> None:
        super().__init__()
        self.field = field
        self.name = name
