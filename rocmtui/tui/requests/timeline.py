"""One request from its connection to its last byte."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from rocmtui.core.request.record import RequestRecord
from rocmtui.core.session.view import SessionView
from rocmtui.tui.dialogs.dialog import Dialog, DialogBox, Key
from rocmtui.tui.draw.lines import Line
from rocmtui.tui.draw.panel import Drawn
from rocmtui.tui.requests.timeline_drawing import draw_timeline


class TimelineScreen(Dialog[None]):
    """A dialog with one request's timeline."""

    DEFAULT_CSS = "TimelineScreen > DialogBox { width: 110; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,q", "dismiss", "back")]

    def __init__(self, record: RequestRecord) -> None:
        super().__init__()
        self._record = record

    def compose(self) -> ComposeResult:
        """The drawing."""
        with DialogBox(f"request {self._record.id}", Key("esc", "back", "dismiss")):
            yield Timeline(self._record)


class Timeline(Drawn):
    """The drawing of one request."""

    def __init__(self, record: RequestRecord) -> None:
        super().__init__()
        self._record = record

    def on_mount(self) -> None:
        """As high as what it has to say."""
        self.styles.height = len(draw_timeline(self._record, 100))

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """Bars, then figures."""
        return draw_timeline(self._record, width)[:height]
