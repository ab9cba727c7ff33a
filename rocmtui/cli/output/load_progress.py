"""Progress of a load on stderr: a line redrawn on a terminal, a line every few seconds otherwise."""

from __future__ import annotations

from typing import TextIO

from rocmtui.cli.output.face import Face
from rocmtui.cli.output.narrator import Narrator
from rocmtui.cli.output.streams import tell
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.server.state import ServerState, ServerStatus
from rocmtui.core.session.events import HOST, Event, Noticed, ServerChanged
from rocmtui.core.text import forms
from rocmtui.core.text.forms import DASH
from rocmtui.core.text.sanitize import quoted

LINE_INTERVAL_NS = 5_000_000_000
BAR_WIDTH = 16


class Progress(Narrator):
    """An EventSink that narrates; quiet ones still tell warnings, errors and a server left running."""

    def __init__(
        self, stream: TextIO | None, *, quiet: bool = False, duration_s: float | None = None
    ) -> None:
        super().__init__(stream)
        self._quiet = quiet
        self._duration_s = duration_s
        self._blocks = "#." if Face(stream).ascii_only else "█░"
        self.told: set[str] = set()
        """Warnings and errors said so far."""
        self._last_ns: int | None = None
        self._server = ServerState.STOPPED

    def emit(self, event: Event) -> None:
        """Take one event."""
        match event:
            case LiveSnapshot():
                if not self._quiet:
                    self._show(event)
            case Noticed(code=code) if code == HOST and self._quiet:
                pass  # the report judges the whole run and says it first
            case Noticed(level="warning" | "error", text=text):
                self.told.add(text)
                self.say(text)
            case Noticed(code="kept", text=text):
                self.say(text)  # no progress, but what the user is left with
            case Noticed(level="info", code="gpu"):
                pass  # what was not found on this machine is `rocmtui gpus`'s to tell
            case Noticed(level="info", text=text) if not self._quiet:
                self.say(text)
            case ServerChanged(status=status):
                self._show_server(status)
            case _:
                pass

    def _show_server(self, status: ServerStatus) -> None:
        """The log lines that show why a server ended while it served; a failed start is told by its error."""
        served = self._server in (ServerState.READY, ServerState.UNRESPONSIVE)
        self._server = status.state
        if served and status.state is ServerState.FAILED and status.diagnosis is not None:
            for line in status.diagnosis.proof:
                self.say(quoted(line))

    def _show(self, live: LiveSnapshot) -> None:
        if self.redraws:
            self.redraw(self.line(live))
        elif self._last_ns is None or live.at_ns - self._last_ns >= LINE_INTERVAL_NS:
            self._last_ns = live.at_ns
            tell(self._stream, self.line(live) + "\n")

    def line(self, live: LiveSnapshot) -> str:
        """The load in one line, the most telling first."""
        done = live.completed + live.failed
        parts = [live.phase, self._bar(live)]
        parts.append(f"{done}/{live.planned}" if live.planned else f"{done} done")
        if live.failed:
            parts.append(f"{live.failed} failed")
        parts.append(
            f"{forms.figure(live.output_tps)} tok/s" if live.output_tps is not None else f"{DASH} tok/s"
        )
        parts.append(f"ttft {forms.ms(live.ttft.quantile(0.5))}")
        parts.append(f"itl {forms.ms(live.itl.quantile(0.5))}")
        parts.append(f"{live.in_flight} open")
        return "  ".join(part for part in parts if part)

    def _bar(self, live: LiveSnapshot) -> str:
        shares = []
        if live.planned:
            shares.append((live.completed + live.failed) / live.planned)
        if self._duration_s:
            shares.append(live.elapsed_ns / 1e9 / self._duration_s)
        if not shares:
            return ""
        full = round(min(max(shares), 1.0) * BAR_WIDTH)
        return self._blocks[0] * full + self._blocks[1] * (BAR_WIDTH - full)
