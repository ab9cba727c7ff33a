"""The base of what the bench screen draws: a widget that shows a BenchView."""

from __future__ import annotations

from rocmtui.core.bench.view import BenchView
from rocmtui.core.session.view import SessionView
from rocmtui.tui.draw.panel import Drawn


class BenchDrawn(Drawn):
    """Draws when it is given another view of the bench."""

    def __init__(self, bench: BenchView, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.bench = bench

    def take(self, bench: BenchView) -> None:
        """Show a newer view of the bench."""
        if bench is not self.bench:
            self.bench = bench
            self.redraw()

    def needs(self, view: SessionView) -> tuple[object, ...]:
        """Nothing of the session."""
        return ()
