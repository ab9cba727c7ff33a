"""A RequestSender without a network: replies take their time on the test's clock."""

from __future__ import annotations

from collections.abc import Callable

from rocmtui.core.load.scenario import Message, Prompt
from rocmtui.core.request.arrival import ReadTally
from rocmtui.core.request.record import ErrorKind, RequestError
from rocmtui.core.request.reply import ReplyEvent
from rocmtui.core.request.trace import RequestTrace
from tests.fakes.manual_clock import ManualClock

REFUSED = RequestError(kind=ErrorKind.CONNECT, message="cannot connect: Connection refused")


class ScriptedSender:
    """Each reply takes `seconds(n)` for request n, or fails at once with `error(n)`."""

    def __init__(self, clock: ManualClock, seconds: float | Callable[[int], float] = 1.0) -> None:
        self._clock = clock
        self._seconds = seconds if callable(seconds) else lambda _: seconds
        self.error: Callable[[int], RequestError | None] = lambda _: None
        self.prompts: list[str | None] = []
        self.messages: list[tuple[Message, ...]] = []
        self.sent_ns: list[int] = []
        self.speaks_at_once = False
        """Whether the first token comes at the beginning."""
        self.open = 0
        self.most_open = 0

    open_by_server: tuple[int, ...] = ()

    def reads(self) -> ReadTally:
        """It reads nothing."""
        return ReadTally()

    async def send(self, prompt: Prompt, trace: RequestTrace, not_before_ns: int | None = None) -> None:
        number = len(self.prompts)
        self.prompts.append(prompt.text)
        self.messages.append(prompt.messages)
        if not_before_ns is not None:
            await self._clock.sleep((not_before_ns - self._clock.monotonic_ns()) / 1e9)
        error = self.error(number)
        if error is not None:
            trace.fail(error)
            return
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            self.sent_ns.append(self._clock.monotonic_ns())
            trace.sent(self._clock.monotonic_ns(), 0)
            trace.headers(self._clock.monotonic_ns())
            if self.speaks_at_once:
                trace.content(self._clock.monotonic_ns(), 1)
            await self._clock.sleep(self._seconds(number))
            trace.content(self._clock.monotonic_ns(), 1)
            trace.facts(ReplyEvent(ends=True, output_tokens=1))
        finally:
            self.open -= 1
