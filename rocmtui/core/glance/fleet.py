"""The servers of a fleet at one glance: what each has open, and did in the last minute."""

from __future__ import annotations

from typing import NamedTuple

from rocmtui.core.request.by_server import ServerShare, ServersTally
from rocmtui.core.session.view import SessionView

WINDOW_NS = 60_000_000_000


class ServerNow(NamedTuple):
    """One of them."""

    in_flight: int | None
    lately: ServerShare
    """Of the requests that ended in the last minute, or since the load began."""


def fleet_now(view: SessionView) -> tuple[ServerNow, ...]:
    """A server each, in the order of their addresses; none where the load has one."""
    scenario, live = view.scenario, view.live
    if scenario is None or live is None or not scenario.fleet:
        return ()
    tally, since_ns = ServersTally(), live.at_ns - WINDOW_NS
    oldest_ns = live.at_ns
    for record in reversed(view.requests):
        if record.done_ns < since_ns:
            break
        tally.add(record)
        oldest_ns = min(oldest_ns, record.sent_ns or record.done_ns)
    seconds = (live.at_ns - max(oldest_ns, since_ns)) / 1e9
    shares = tally.shares((view.server.url or "", *scenario.fleet), seconds or None)
    return tuple(
        ServerNow(live.by_server[n] if n < len(live.by_server) else None, share)
        for n, share in enumerate(shares)
    )
