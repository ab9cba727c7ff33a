"""What the known server keeps: counts, slots, the queue for them, and how late it wrote."""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from rocmtui.core.doctor.known_truth import ServedReply
from rocmtui.core.request.arrival import ArrivalClock
from rocmtui.core.stats.histogram import Histogram
from rocmtui.embedded.known.behaviour import Fault, KnownBehaviour
from rocmtui.embedded.known.endpoints import Endpoints
from rocmtui.embedded.known.precise_timer import PreciseTimer
from rocmtui.embedded.known.wire import ReplyShape

LOG_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


class Reply(Protocol):
    """A reply under way, as its slot sees it."""

    @property
    def over(self) -> bool: ...
    def start(self, at_ns: int) -> None: ...


class Ledger:
    """The server as its connections and replies know it."""

    loop: asyncio.AbstractEventLoop
    timer: PreciseTimer

    def __init__(self, behaviour: KnownBehaviour) -> None:
        self.behaviour = behaviour
        self.clock = ArrivalClock(time.monotonic_ns, time.time_ns)
        self._log = os.open(behaviour.log, LOG_FLAGS, 0o600) if behaviour.log else None
        self.endpoints = Endpoints(behaviour)
        self.requests = 0
        self.completed = 0
        self.cancelled = 0
        self.connections = 0
        self.tokens = 0
        self.open: set[Callable[[], None]] = set()
        """Closes a connection that is there."""
        self._lateness_ms = Histogram()
        self._running: set[Reply] = set()
        self._waiting: deque[Reply] = deque()
        self._token_bytes: dict[tuple[bool, bool, bool], bytes] = {}

    @property
    def busy(self) -> int:
        """Replies under way."""
        return len(self._running)

    def begin(self) -> Fault | None:
        """Count a request; the fault it shall have."""
        self.requests += 1
        return self.behaviour.fault if self.requests % self.behaviour.fault_every == 0 else None

    def wait_for_slot(self, reply: Reply) -> None:
        """Start it now or when a slot is free."""
        if self.behaviour.slots is not None and len(self._running) >= self.behaviour.slots:
            self._waiting.append(reply)
        else:
            self._start(reply, 0)

    def leave(self, reply: Reply) -> None:
        """A reply is over: its slot goes to the next in the queue."""
        if reply not in self._running:
            return
        self._running.remove(reply)
        while self._waiting:
            following = self._waiting.popleft()
            if not following.over:
                self._start(following, time.monotonic_ns())
                return

    def token_bytes(self, shape: ReplyShape, *, reasoning: bool = False) -> bytes:
        """A token's event, made once for each kind."""
        key = (*shape.kind, reasoning)
        found = self._token_bytes.get(key)
        if found is None:
            found = self._token_bytes[key] = shape.token(" token", reasoning=reasoning)
        return found

    def wrote(self, late_ns: int, tokens: int) -> None:
        """Tokens were written, so much after they were due."""
        self._lateness_ms.add(late_ns / 1e6)
        self.tokens += tokens

    def log(self, reply: ServedReply) -> None:
        """A reply is complete: write it down where a log is kept."""
        self.completed += 1
        if self._log is not None:
            os.write(self._log, msgspec.json.encode(reply) + b"\n")

    def close_log(self) -> None:
        """No more will be written."""
        if self._log is not None:
            os.close(self._log)

    def truth(self) -> dict[str, Any]:
        """What really happened, by the server's own clock."""
        late = self._lateness_ms
        return {
            "requests": self.requests,
            "completed": self.completed,
            "cancelled": self.cancelled,
            "connections": self.connections,
            "open": self.busy,
            "tokens": self.tokens,
            "lateness_ms_mean": late.mean,
            "lateness_ms_p99": late.quantile(0.99),
            "lateness_ms_max": late.max,
            "cpu_seconds": time.process_time(),
        }

    def _start(self, reply: Reply, at_ns: int) -> None:
        self._running.add(reply)
        reply.start(at_ns)
