"""A bench or a sweep under way, and the screen that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from textual.screen import Screen

if TYPE_CHECKING:
    from rocmtui.core.bench.view import BenchControl
    from rocmtui.core.sweep.view import SweepControl


class LongWork(NamedTuple):
    """One of the two."""

    bench: BenchControl | None = None
    sweep: SweepControl | None = None

    @property
    def control(self) -> BenchControl | SweepControl | None:
        """What runs it; None when there is nothing."""
        return self.bench or self.sweep

    @property
    def running(self) -> bool:
        """Whether it is under way: server and load belong to it then."""
        return self.control is not None and self.control.running

    def screen(self) -> Screen[Any] | None:
        """A new screen that shows it."""
        if self.bench is not None:
            from rocmtui.tui.bench.screen import BenchScreen

            return BenchScreen(self.bench)
        if self.sweep is not None:
            from rocmtui.tui.bench.sweep_screen import SweepScreen

            return SweepScreen(self.sweep)
        return None
