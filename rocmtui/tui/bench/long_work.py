"""A bench or a sweep under way, and the screen that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from textual.screen import Screen

from rocmtui.core.session.work_control import resume_command

if TYPE_CHECKING:
    from rocmtui.core.bench.view import BenchControl
    from rocmtui.core.load.scenario import Scenario
    from rocmtui.core.sweep.view import SweepControl


class LongWork(NamedTuple):
    """One of the two."""

    bench: BenchControl | None = None
    sweep: SweepControl | None = None
    before: Scenario | None = None
    """The session's last load when the work began; it is none of the work's."""

    @property
    def control(self) -> BenchControl | SweepControl | None:
        """What runs it; None when there is nothing."""
        return self.bench or self.sweep

    @property
    def running(self) -> bool:
        """Whether it is under way: server and load belong to it then."""
        return self.control is not None and self.control.running

    @property
    def loss(self) -> str:
        """What leaving would cost now, in a sentence; nothing where none is under way."""
        if not self.running:
            return ""
        if self.bench is not None:
            command = resume_command(self.bench.where)
            return f"A bench is running: it ends here, and {command} goes on with it."
        return "A sweep is running: it ends here, and what it tried is kept."

    def screen(self) -> Screen[Any] | None:
        """A new screen that shows it."""
        if self.bench is not None:
            from rocmtui.tui.bench.screen import BenchScreen

            return BenchScreen(self.bench, self.before)
        if self.sweep is not None:
            from rocmtui.tui.bench.sweep_screen import SweepScreen

            return SweepScreen(self.sweep, self.before)
        return None
