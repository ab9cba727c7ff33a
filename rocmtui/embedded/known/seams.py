"""What a connection and a reply of the known server need of the server and of each other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from rocmtui.embedded.known.behaviour import Fault, KnownBehaviour
from rocmtui.embedded.known.endpoints import Endpoints
from rocmtui.embedded.known.precise_timer import PreciseTimer
from rocmtui.embedded.known.wire import ReplyShape


class Connection(Protocol):
    """Where a reply is written to."""

    def write(self, data: bytes) -> None: ...
    def close(self) -> None: ...


class Reply(Protocol):
    """A reply under way, as the server holds it."""

    @property
    def over(self) -> bool: ...
    def start(self, at_ns: int) -> None: ...


class Server(Protocol):
    """The server, as its connections and replies know it."""

    behaviour: KnownBehaviour
    endpoints: Endpoints
    loop: asyncio.AbstractEventLoop
    timer: PreciseTimer
    completed: int
    cancelled: int

    @property
    def busy(self) -> int: ...
    def soon(self, work: Callable[[], None]) -> None: ...
    def opened(self, connection: Connection) -> None: ...
    def closed(self, connection: Connection) -> None: ...
    def begin(self, reply: Reply) -> Fault | None: ...
    def wait_for_slot(self, reply: Reply) -> None: ...
    def leave(self, reply: Reply) -> None: ...
    def token_bytes(self, shape: ReplyShape, *, reasoning: bool = False) -> bytes: ...
    def wrote(self, late_ns: int, tokens: int) -> None: ...
    def truth(self) -> dict[str, Any]: ...
