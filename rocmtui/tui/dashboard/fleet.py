"""The servers of a fleet as rows: what each has open, how fast it was lately, what failed."""

from __future__ import annotations

from rocmtui.core.glance.fleet import ServerNow, fleet_now
from rocmtui.core.session.view import SessionView
from rocmtui.core.text import forms as text
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.draw.lines import Line, Span, cut

# name, width, least width of the panel at which the column is shown
_COLUMNS = (
    ("open", 6, 0),
    ("tok/s", 7, 0),
    ("TTFT p50", 10, 50),
    ("p95", 9, 70),
    ("ITL p50", 9, 84),
    ("done", 6, 60),
    ("failed", 8, 0),
)
LEAST_NAME = 18


def fleet_rows(view: SessionView) -> int:
    """Lines the servers need; 0 where there is one."""
    servers = len(view.scenario.fleet) + 1 if view.scenario is not None and view.live is not None else 0
    return servers + 1 if servers > 1 else 0


def draw_fleet(view: SessionView, width: int) -> list[Line]:
    """A head and a line a server; figures are those of the last minute."""
    servers = fleet_now(view)
    if not servers:
        return []
    shown = [column for column in _COLUMNS if width >= column[2]]
    name = max(width - sum(cells for _, cells, _ in shown), LEAST_NAME)
    head = "".join(f"{title:>{cells}}" for title, cells, _ in shown)
    return [[Span(f"{'server, last 60 s':<{name}}{head}", "muted")], *(_row(s, name, width) for s in servers)]


def _row(server: ServerNow, name: int, width: int) -> Line:
    lately = server.lately
    values = (
        (text.count(server.in_flight), "text"),
        (text.tps(lately.output_tps), "figure"),
        (text.ms(lately.ttft_p50_ms), "text"),
        (text.ms(lately.ttft_p95_ms), "muted"),
        (text.ms(lately.itl_p50_ms), "muted"),
        (text.count(lately.completed), "muted"),
        (text.count(lately.failed), "bad" if lately.failed else "muted"),
    )
    url = cut(clean_line(lately.url, 200).removeprefix("http://"), name - 1)
    line: Line = [Span(f"{url:<{name}}", "text")]
    for (_, cells, least), (value, role) in zip(_COLUMNS, values, strict=True):
        if width >= least:
            line.append(Span(f"{value:>{cells}}", role))
    return line
