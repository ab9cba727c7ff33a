"""The dashboard of a run that is played again, with keys to move in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from rocmtui.core.session.face_ports import SPEEDS, ReplayControls
from rocmtui.core.session.view import ReplayStatus
from rocmtui.tui.dashboard.screen import PANEL_KEYS, Dashboard
from rocmtui.tui.draw.list_panel import ListPanel
from rocmtui.tui.runs.time_bar import TimeBar

SEEK_NS = 5_000_000_000


class ReplayScreen(Dashboard):
    """All of the dashboard; the load keys move the replay instead."""

    KINDS = frozenset({"dashboard", "replay"})
    KEYS = (
        ("space", "hold", "screen.hold"),
        ("← →", "5 s back, on", "screen.along(1)"),
        ("← →", "figures", "screen.figure(1)"),
        ("+ −", "step", "screen.step(1)"),
        ("[ ]", "speed", "screen.speed(1)"),
        ("q", "quit", "app.quit_run"),
        ("home end", "start, end", "screen.edge(-1)"),
        *PANEL_KEYS[1:],
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        ("space", "hold", "hold, or play on"),
        ("left", "along(-1)", "5 seconds back"),
        ("right", "along(1)", "5 seconds on"),
        ("left", "figure(-1)", "figure before"),
        ("right", "figure(1)", "next figure"),
        ("comma", "seek(-1)", "5 seconds back"),
        ("full_stop", "seek(1)", "5 seconds on"),
        ("home", "edge(-1)", "to the beginning"),
        ("end", "edge(1)", "to the end"),
        ("minus", "step(-1)", "one snapshot back"),
        ("plus,equals_sign", "step(1)", "one snapshot on"),
        ("left_square_bracket", "speed(-1)", "slower"),
        ("right_square_bracket", "speed(1)", "faster"),
        ("s", "start", "play from the beginning"),
    ]

    def __init__(self, controls: ReplayControls, leave: Callable[[], object] | None = None) -> None:
        """`leave` is what Esc does once nothing else is to be left."""
        super().__init__()
        self._controls = controls
        self._leave = leave

    def above_load(self) -> ComposeResult:
        """Where the replay stands."""
        yield TimeBar(self.seek_to, id="time")

    def seek_to(self, position_ns: int) -> None:
        """Go to a place in the run."""
        self._controls.seek(position_ns)
        self.rocmtui.poll()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Back leaves the replay itself where it was opened from the runs.

        Arrows step through figures while those are explained; Home and End are a list's that has the focus.
        """
        if action == "back" and self._leave is not None:
            return True
        if action in ("along", "figure"):
            return self._explain.active == (action == "figure")
        if action == "edge":
            return not isinstance(self.focused, ListPanel)
        return super().check_action(action, parameters)

    def action_back(self) -> None:
        """Leave what was entered last; at last the replay itself."""
        if self._leave is None or self.is_in_something:
            super().action_back()
        else:
            self._leave()

    def action_hold(self) -> None:
        """Hold, or play on."""
        self._controls.play(not self._status.playing)
        self.rocmtui.poll()

    def action_seek(self, by: int) -> None:
        """Move by five seconds."""
        self.seek_to(self._status.position_ns + by * SEEK_NS)

    action_along = action_seek

    def action_edge(self, by: int) -> None:
        """To the beginning of the run, or to its end."""
        self.seek_to(0 if by < 0 else self._status.duration_ns)

    def action_step(self, by: int) -> None:
        """Hold, and move by one snapshot."""
        self._controls.step(by)
        self.rocmtui.poll()

    def action_speed(self, by: int) -> None:
        """The next slower or faster speed."""
        nearest = min(range(len(SPEEDS)), key=lambda at: abs(SPEEDS[at] - self._status.speed))
        self._controls.set_speed(SPEEDS[min(max(nearest + by, 0), len(SPEEDS) - 1)])
        self.rocmtui.poll()

    def action_start(self) -> None:
        """Play from the beginning."""
        self._controls.seek(0)
        self._controls.play(True)
        self.rocmtui.poll()

    @property
    def _status(self) -> ReplayStatus:
        """Where the replay stands; at its beginning until it says more."""
        nowhere = ReplayStatus(position_ns=0, duration_ns=0, speed=1, playing=False)
        return self.rocmtui.view.replay or nowhere
