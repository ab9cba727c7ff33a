"""A bench or a sweep under way, and the screen that shows it."""

from __future__ import annotations

from typing import Any, NamedTuple

from textual.screen import Screen

from rocmtui.core.bench.view import BenchControl
from rocmtui.core.sweep.view import SweepControl
from rocmtui.tui.bench.screen import BenchScreen
from rocmtui.tui.bench.sweep_screen import SweepScreen


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
            return BenchScreen(self.bench)
        return None if self.sweep is None else SweepScreen(self.sweep)
