"""The servers of a fleet at one glance: how full each is, what of ours it has, and did in the last minute."""

from __future__ import annotations

from typing import Literal, NamedTuple

from rocmtui.core.request.by_server import ServerShare, ServersTally
from rocmtui.core.server.state import ServerState
from rocmtui.core.session.view import FleetServer, SessionView
from rocmtui.core.stats.quantiles import known

WINDOW_NS = 60_000_000_000


class Filled(NamedTuple):
    """The slots of a server."""

    state: Literal["unknown", "read", "off", "silent"]
    """`off`: it does not show them; `silent`: it does not answer."""
    busy: int | None = None
    slots: int | None = None

    @property
    def is_full(self) -> bool:
        """Whether every slot is at work."""
        return bool(self.slots) and self.busy == self.slots


class ServerNow(NamedTuple):
    """One of them."""

    filled: Filled
    waiting: int | None
    """Requests that at least wait for a slot there."""
    in_flight: int | None
    lately: ServerShare
    """Of the requests that ended in the last minute, or since the load began."""


def fleet_now(view: SessionView) -> tuple[ServerNow, ...]:
    """A server each, in the order of their addresses; none where there is one."""
    if not view.fleet:
        return ()
    urls = (view.server.url or "", *(server.url for server in view.fleet))
    filled = (_first(view), *map(_further, view.fleet))
    in_flight = view.live.by_server if view.live is not None else ()
    deferred = (view.deferred, *(None for _ in view.fleet))
    return tuple(
        ServerNow(of, _waiting(of, ours, held), ours, share)
        for of, ours, held, share in zip(
            filled,
            (in_flight[n] if n < len(in_flight) else None for n in range(len(urls))),
            deferred,
            _lately(view, urls),
            strict=True,
        )
    )


def _first(view: SessionView) -> Filled:
    if view.server.state is ServerState.UNRESPONSIVE:
        return Filled("silent")
    if view.slots:
        return Filled("read", sum(slot.is_processing for slot in view.slots), len(view.slots))
    ready = view.server.state is ServerState.READY
    return Filled("off" if ready and not view.server.facts.slots_endpoint else "unknown")


def _further(server: FleetServer) -> Filled:
    said = server.said
    return Filled("unknown") if said is None else Filled(said.state, said.busy, said.slots)


def _waiting(filled: Filled, ours: int | None, deferred: int | None) -> int | None:
    """What the server says it holds, or what of ours no slot has where all are busy: whichever is more."""
    none_has = None
    if filled.slots and filled.busy is not None and ours is not None:
        none_has = max(ours - filled.slots, 0) if filled.is_full else 0
    return known(max, (deferred, none_has))


def _lately(view: SessionView, urls: tuple[str, ...]) -> tuple[ServerShare, ...]:
    tally = ServersTally()
    if view.live is None:
        return tally.shares(urls, None)
    since_ns = view.live.at_ns - WINDOW_NS
    oldest_ns = view.live.at_ns
    for record in reversed(view.requests):
        if record.done_ns < since_ns:
            break
        tally.add(record)
        oldest_ns = min(oldest_ns, record.sent_ns or record.done_ns)
    seconds = (view.live.at_ns - max(oldest_ns, since_ns)) / 1e9
    return tally.shares(urls, seconds or None)
