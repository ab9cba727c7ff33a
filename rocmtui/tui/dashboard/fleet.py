"""The servers of a fleet as rows: how full each is, what it has open, how fast it was lately, what failed."""

from __future__ import annotations

from collections.abc import Callable

from rocmtui.core.glance.fleet import ServerNow
from rocmtui.core.session.view import SessionView
from rocmtui.core.text import forms as text
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.draw.lines import Line, Span, choose, counted, cut, fit
from rocmtui.tui.draw.meters import meter

_COLUMNS: tuple[tuple[str, int, int, Callable[[ServerNow], Span]], ...] = (
    ("slots", 10, 0, lambda server: _slots(server)),
    ("waiting", 8, 0, lambda server: _waiting(server)),
    ("open", 6, 60, lambda server: Span(text.count(server.in_flight), "text")),
    ("tok/s", 7, 0, lambda server: Span(text.tps(server.lately.output_tps), "figure")),
    ("TTFT p50", 10, 68, lambda server: Span(text.ms(server.lately.ttft_p50_ms), "text")),
    ("p95", 9, 84, lambda server: Span(text.ms(server.lately.ttft_p95_ms), "muted")),
    ("ITL p50", 9, 94, lambda server: Span(text.ms(server.lately.itl_p50_ms), "muted")),
    ("done", 6, 74, lambda server: Span(text.count(server.lately.completed), "muted")),
    ("failed", 8, 52, lambda server: Span(text.count(server.lately.failed), _failed(server))),
)
"""Name, cells, the least width of the panel that shows it, what stands there."""
LEAST_NAME, MOST_NAME, LEAST_METER = 18, 48, 12


def fleet_rows(view: SessionView) -> int:
    """Lines the servers need; 0 where there is one."""
    return len(view.fleet) + 2 if view.fleet else 0


def draw_fleet(servers: tuple[ServerNow, ...], width: int) -> list[Line]:
    """A head and a line a server, with room its speed against the fastest; figures of the last minute."""
    if not servers:
        return []
    shown = [(title, cells, read) for title, cells, least, read in _COLUMNS if width >= least]
    taken = sum(cells for _, cells, _ in shown)
    name = min(max(width - taken, LEAST_NAME), MOST_NAME)
    room = width - taken - name - 2
    fastest = max((server.lately.output_tps or 0.0 for server in servers), default=0.0) or 1.0
    head = "".join(f"{title:>{cells}}" for title, cells, _ in shown)
    lines = [fit([Span(f"{'server, last 60 s':<{name}}{head}", "muted")], max(width, taken + name))]
    for server in servers:
        url = cut(clean_line(server.lately.url, 200).removeprefix("http://") or "the first", name - 1)
        figures = [(read(server), cells) for _, cells, read in shown]
        drawn = (span._replace(text=f"{span.text:>{cells}}") for span, cells in figures)
        line = [Span(f"{url:<{name}}", "text"), *drawn]
        if room >= LEAST_METER:
            share = (server.lately.output_tps or 0.0) / fastest
            line += [Span("  "), *meter(share, room, "decode", "output_tps")]
        lines.append(fit(line, max(width, taken + name)))
    return lines


def fleet_summary(servers: tuple[ServerNow, ...], room: int) -> Line:
    """Of every server that tells."""
    busy, slots = (sum(getattr(server.filled, name) or 0 for server in servers) for name in ("busy", "slots"))
    parts = [counted(0, f"{busy}/{slots}", "busy", "fleet_slots")]
    if waiting := sum(server.waiting or 0 for server in servers):
        parts.append(counted(1, f"{waiting}", "waiting", "fleet_waiting", "warning"))
    return choose(parts, room, "  ")


def _slots(server: ServerNow) -> Span:
    """How many of how many are busy; why that is not known."""
    filled = server.filled
    if filled.state == "silent":
        return Span("silent", "bad", "fleet_slots")
    if filled.busy is None or filled.slots is None:
        return Span("no /slots" if filled.state == "off" else text.DASH, "muted", "fleet_slots")
    return Span(f"{filled.busy}/{filled.slots}", "warning" if filled.is_full else "figure", "fleet_slots")


def _waiting(server: ServerNow) -> Span:
    return Span(text.count(server.waiting), "warning" if server.waiting else "muted", "fleet_waiting")


def _failed(server: ServerNow) -> str:
    return "bad" if server.lately.failed else "muted"
