"""What the screens of a bench and of a sweep share: they poll a control; their widgets draw its view."""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

from textual.binding import Binding, BindingType

from rocmtui.core.session.view import SessionView
from rocmtui.core.session.work_control import WorkControl
from rocmtui.tui.dialogs.text_page import TextScreen
from rocmtui.tui.draw.panel import Drawn
from rocmtui.tui.draw.screen import ViewScreen

Work = TypeVar("Work")
"""The view of the bench or of the sweep."""


class WorkDrawn(Drawn, Generic[Work]):
    """Draws when it is given another view of the work."""

    def __init__(self, work: Work, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.work = work

    def take(self, work: Work) -> None:
        """Show a newer view."""
        if work is not self.work:
            self.work = work
            self.redraw()

    def needs(self, view: SessionView) -> tuple[object, ...]:
        """Nothing of the session."""
        return ()


class WorkScreen(ViewScreen, Generic[Work]):
    """Draws what a control says; leaving it leaves the work running."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "report", "report", tooltip="the report so far"),
        Binding("escape", "leave", "dashboard", key_display="esc"),
        Binding("x", "interrupt", "interrupt", tooltip="interrupt it; what was measured is kept"),
        Binding("q", "app.quit_run", "quit"),
    ]
    name_of_work: ClassVar[str]

    def __init__(self, control: WorkControl[Work]) -> None:
        super().__init__()
        self.control = control

    def on_mount(self) -> None:
        """Look at the work four times a second, as the app looks at the session."""
        self.set_interval(0.25, self._poll)

    def show_view(self, view: SessionView) -> None:
        """The running test's latencies, and the work itself."""
        super().show_view(view)
        self._poll()

    def action_leave(self) -> None:
        """To the dashboard; the work goes on."""
        if len(self.app.screen_stack) > 2:
            self.app.pop_screen()

    def action_report(self) -> None:
        """The report so far, to read and copy."""
        self.app.push_screen(TextScreen(self.name_of_work, self.control.text()))

    def action_interrupt(self) -> None:
        """End it here; what was measured is kept."""
        if self.control.running:
            self.rocmtui.perform(self.control.stop)
            self.notify("Interrupting; what was measured is kept.", markup=False)

    def _poll(self) -> None:
        if self.is_in_use:
            for widget in self.query(Drawn):  # a query by type sees only the first base of a widget
                if isinstance(widget, WorkDrawn):
                    widget.take(self.control.view)
