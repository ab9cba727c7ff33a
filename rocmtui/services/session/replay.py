"""A run played again: the same Session the app draws from, fed from a timeline instead of a server."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, NoReturn

from msgspec.structs import replace

from rocmtui.core.load.scenario import Scenario
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.session.events import Event, RunStarted
from rocmtui.core.session.marks import MarkWatch
from rocmtui.core.session.ports import Clock
from rocmtui.core.session.view import ReplayStatus, SessionView
from rocmtui.core.session.view_builder import ViewBuilder
from rocmtui.errors import UsageError


def _refuse(what: str) -> NoReturn:
    raise UsageError(f"a replay cannot {what}", "open the app on a server for that: rocmtui")


def _refused(what: str) -> Callable[..., Coroutine[object, object, Any]]:
    """A verb of a session that makes no sense in a replay."""

    async def verb(*_: object, **__: object) -> NoReturn:
        _refuse(what)

    return verb


class ReplaySession:
    """Plays `timeline` (ordered by time) against `clock`. Positions are nanoseconds from its first event."""

    is_replay = True
    start_server = _refused("start a server")
    attach = _refused("attach to a server")
    stop_server = _refused("stop a server")
    start_load = _refused("start a load")
    stop_load = _refused("stop a load")
    set_concurrency = set_rate = _refused("change the load")

    def __init__(
        self,
        timeline: Sequence[Event],
        clock: Clock,
        *,
        scenario: Scenario | None = None,
        label: str = "",
        run_dir: str | None = None,
        speed: float = 1.0,
    ) -> None:
        if not timeline:
            raise UsageError("this run has no events to replay", "was it cut off before it began?")
        self._timeline = timeline
        self._clock = clock
        self._scenario = scenario
        self._label = label
        self._run_dir = run_dir
        self._start_ns = timeline[0].at_ns
        self._run = next((event for event in timeline if isinstance(event, RunStarted)), None)
        self._duration_ns = timeline[-1].at_ns - self._start_ns
        watch = MarkWatch()
        marks = (mark for event in timeline for mark in watch.observe(event))
        self._marks = tuple(replace(mark, at_ns=mark.at_ns - self._start_ns) for mark in marks)
        self._speed = speed
        self._playing = True
        self._anchor = (clock.monotonic_ns(), 0)
        self._rewind()

    def view(self) -> SessionView:
        """The view at the position reached by now."""
        position_ns = self.position_ns
        self._play_to(position_ns)
        if position_ns >= self._duration_ns and self._playing:
            self.play(False)
        status = ReplayStatus(
            position_ns=position_ns,
            duration_ns=self._duration_ns,
            speed=self._speed,
            playing=self._playing,
            label=self._label,
            marks=self._marks,
        )
        if status != self._builder.view().replay:
            self._builder.set_replay(status)
        return self._builder.view()

    @property
    def position_ns(self) -> int:
        """Where the replay stands now."""
        now_ns, position_ns = self._anchor
        if self._playing:
            position_ns += int((self._clock.monotonic_ns() - now_ns) * self._speed)
        return min(max(position_ns, 0), self._duration_ns)

    def play(self, playing: bool) -> None:
        """Go on or hold; at the end, play starts again from the beginning."""
        position_ns = self.position_ns
        if playing and position_ns >= self._duration_ns:
            position_ns = 0
        self._playing = playing
        self._move_to(position_ns)

    def seek(self, position_ns: int) -> None:
        """Jump to a position; out of range goes to the nearest end."""
        self._move_to(min(max(position_ns, 0), self._duration_ns))

    def step(self, events: int) -> None:
        """Hold, and move by so many snapshots; negative goes back."""
        self._play_to(self.position_ns)
        self._playing = False
        here_ns = self._start_ns + self.position_ns
        marks = [e.at_ns for e in self._timeline if isinstance(e, LiveSnapshot)]
        if events > 0:
            ahead = [at_ns for at_ns in marks if at_ns > here_ns][:events]
            target_ns = ahead[-1] if ahead else self._start_ns + self._duration_ns
        else:
            behind = [at_ns for at_ns in marks if at_ns < here_ns][events:] if events else [here_ns]
            target_ns = behind[0] if behind else self._start_ns
        self._move_to(target_ns - self._start_ns)

    def set_speed(self, speed: float) -> None:
        """Play so many times as fast as it happened."""
        position_ns = self.position_ns
        self._speed = speed
        self._move_to(position_ns)

    def _move_to(self, position_ns: int) -> None:
        self._anchor = (self._clock.monotonic_ns(), position_ns)
        if self._next and self._timeline[self._next - 1].at_ns > self._start_ns + position_ns:
            self._rewind()
        self._play_to(position_ns)

    def _rewind(self) -> None:
        self._next = 0
        self._builder = ViewBuilder()
        if self._run is not None:
            self._builder.set_run(self._run)
        self._builder.set_load(self._scenario, self._run_dir)

    def _play_to(self, position_ns: int) -> None:
        until_ns = self._start_ns + position_ns
        while self._next < len(self._timeline) and self._timeline[self._next].at_ns <= until_ns:
            self._builder.observe(self._timeline[self._next])
            self._next += 1

    async def pause(self) -> None:
        """Hold the replay."""
        self.play(False)

    async def resume(self) -> None:
        """Go on."""
        self.play(True)

    async def set_baseline(self, run_dir: str | None) -> None:
        """There is none to take away, and none can be set."""
        if run_dir is not None:
            _refuse("read another run")

    async def close(self, *, keep_server: bool = False) -> None:
        """Nothing to stop."""
