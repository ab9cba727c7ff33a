"""A LoadRunner on a clock that only tests move, and what it emitted."""

from __future__ import annotations

import asyncio

from rocmtui.core.load.said import LoadFinished, Requests
from rocmtui.core.load.scenario import ClosedLoop, LoadShape, Prompt, PromptPlan, Scenario, Target
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.session.commands import StartLoad
from rocmtui.core.session.events import Event
from rocmtui.services.load.runner import LoadRunner
from tests.fakes.manual_clock import ManualClock
from tests.fakes.scripted_sender import ScriptedSender

PROMPTS = tuple(Prompt(text=f"prompt {n}") for n in range(3))


class Load:
    """One load under test. Times are seconds since its start."""

    def __init__(self, shape: LoadShape | int, *, seconds: float = 1.0, process: int = 0, **scenario: object):
        further = {name: scenario.pop(name, ()) for name in ("neighbour_prompts", "warmup_prompts")}
        self.clock = ManualClock()
        self.sender = ScriptedSender(self.clock, seconds)
        self.sender.speaks_at_once = bool(scenario.pop("decodes_at_once", False))
        self.events: list[Event] = []
        self.scenario = Scenario(
            shape=ClosedLoop(concurrency=shape) if isinstance(shape, int) else shape,
            prompt=PromptPlan(text="x"),
            **scenario,  # type: ignore[arg-type]
        )
        start = StartLoad(
            scenario=self.scenario,
            target=Target(url="http://x"),
            prompts=PROMPTS,
            process=process,
            **further,  # type: ignore[arg-type]
        )
        self.runner = LoadRunner(start, self.sender, self.clock, self.events.append, cpu_seconds=lambda: 0.0)
        self._task: asyncio.Task[LoadFinished] | None = None

    async def advance(self, seconds: float) -> None:
        """Start it if it is not, and let time pass."""
        if self._task is None:
            self._task = asyncio.create_task(self.runner.run())
        await self.clock.advance(seconds)

    async def finish(self, seconds: float = 1000.0) -> LoadFinished:
        """Let time pass in small steps until it ends."""
        await self.advance(0)
        assert self._task is not None
        for _ in range(round(seconds / 0.1)):
            if self._task.done():
                break
            await self.clock.advance(0.1)
        assert self._task.done(), "the load does not end"
        return self._task.result()

    @property
    def ended(self) -> bool:
        return self._task is not None and self._task.done()

    @property
    def records(self) -> list[RequestRecord]:
        return [r for event in self.events if isinstance(event, Requests) for r in event.records]

    @property
    def snapshots(self) -> list[LiveSnapshot]:
        return [event for event in self.events if isinstance(event, LiveSnapshot)]

    @property
    def sent_s(self) -> list[float]:
        return [ns / 1e9 for ns in self.sender.sent_ns]
