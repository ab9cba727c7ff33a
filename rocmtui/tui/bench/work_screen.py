"""What the screens of a bench and of a sweep share: they poll a control; their widgets draw its view."""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

import msgspec
from textual import events
from textual.binding import Binding, BindingType
from textual.widget import Widget

from rocmtui.core.load.scenario import Scenario
from rocmtui.core.session.view import SessionView
from rocmtui.core.session.work_control import WorkControl
from rocmtui.tui.dialogs.text_page import TextScreen
from rocmtui.tui.draw.bars import KeyLine
from rocmtui.tui.draw.panel import Drawn, Panel
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
    _only = ""
    """The key of the panel that is shown alone."""

    def __init__(self, control: WorkControl[Work], before: Scenario | None = None) -> None:
        super().__init__()
        self.control = control
        self._before = before
        """The load that the session still tells of until the first one of the work begins."""

    def on_mount(self) -> None:
        """Look at the work four times a second, as the app looks at the session."""
        self.set_interval(0.25, self._poll)

    def on_resize(self, event: events.Resize) -> None:
        """Panels may come that had no room and have seen no view."""
        super().on_resize(event)
        self.call_after_refresh(self.redraw_panels)

    def show_view(self, view: SessionView) -> None:
        """The running test's latencies, none of a load from before the work, and the work itself."""
        if self._before is not None and view.scenario is self._before:
            view = msgspec.structs.replace(view, live=None, requests=())
        super().show_view(view)
        self._poll()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What has ended cannot be interrupted."""
        return action != "interrupt" or self.control.running

    def action_only(self, key: str) -> None:
        """Show one panel alone; the same key again, or 0, shows all."""
        self._only = "" if key == self._only else key
        self.set_class(bool(self._only), "-only")
        for panel in self.query(Panel):
            _show(panel, self._only, panel.key == self._only)
        for box in self.query(".holds-panels"):
            _show(box, self._only, any(panel.key == self._only for panel in box.query(Panel)))
        self.call_after_refresh(self.redraw_panels)

    def redraw_panels(self) -> None:
        """After panels came or went: those that stay may want another height."""
        self.show_view(self.rocmtui.view)
        for panel in self.query(Panel):
            panel.redraw()

    def action_leave(self) -> None:
        """Back to all panels, then to the dashboard; the work goes on."""
        if self._only:
            self.action_only("")
        elif len(self.app.screen_stack) > 2:
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
            for keys in self.query(KeyLine):
                keys.show_view(self.rocmtui.view)
            for widget in self.query(Drawn):  # a query by type sees only the first base of a widget
                if isinstance(widget, WorkDrawn):
                    widget.take(self.control.view)


def _show(widget: Widget, only: str, shown: bool) -> None:
    """As the style sheet says, or alone, or not at all."""
    widget.styles.display = None if not only else "block" if shown else "none"
