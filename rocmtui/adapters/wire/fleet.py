"""One load to several servers: each request goes to the next of them, or to the one with the fewest open."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack

from rocmtui.adapters.wire.llama_client import LlamaClient
from rocmtui.core.load.scenario import Balance, Prompt, Scenario, Target
from rocmtui.core.request.arrival import ReadTally, merged_reads
from rocmtui.core.request.trace import RequestTrace


class FleetClient:
    """A RequestSender over a client a server. Use it as an async context manager, on one event loop.

    `first` is whose turn is first: the number of the load process, so that several do not begin alike.
    """

    def __init__(
        self, targets: Sequence[Target], scenario: Scenario, *, api_key: str | None, first: int
    ) -> None:
        self._clients = [LlamaClient(target, scenario, api_key=api_key) for target in targets]
        self._balance: Balance = scenario.balance
        self._next = first
        self._open = [0] * len(targets)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> FleetClient:
        for client in self._clients:
            await self._stack.enter_async_context(client)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._stack.aclose()

    async def send(self, prompt: Prompt, trace: RequestTrace, not_before_ns: int | None = None) -> None:
        """Send to one of them, noted in the trace."""
        number = self._choose()
        trace.server = number
        self._open[number] += 1
        try:
            await self._clients[number].send(prompt, trace, not_before_ns)
        finally:
            self._open[number] -= 1

    @property
    def open_by_server(self) -> tuple[int, ...]:
        """Requests open at each, in the order of the targets."""
        return tuple(self._open)

    def reads(self) -> ReadTally:
        """Of all of them together."""
        return merged_reads([client.reads() for client in self._clients])

    def _choose(self) -> int:
        """The next in turn; with least-in-flight the first of the emptiest from there on."""
        count = len(self._clients)
        turn = self._next % count
        self._next += 1
        if self._balance == "round-robin":
            return turn
        return min(range(count), key=lambda number: (self._open[number], (number - turn) % count))
