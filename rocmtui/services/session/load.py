"""The load of a session: begun with all that it needs known, followed to its end, its run saved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

import msgspec

from rocmtui.core.answers.look import Company, Look
from rocmtui.core.gpu.reading import GpuSummary
from rocmtui.core.load.prompts import with_nonce
from rocmtui.core.load.said import StopReason
from rocmtui.core.load.scenario import Scenario, Target, paced
from rocmtui.core.report.document import Report
from rocmtui.core.server.log.line import LogLevel
from rocmtui.core.server.state import ServerStatus
from rocmtui.core.server.words import what_a_load_lacks
from rocmtui.core.session.commands import LoadCommand
from rocmtui.core.session.events import (
    CHANGED,
    SERVER_GONE,
    AnswersInCompany,
    AnswersLooked,
    CeilingKnown,
    DraftsCounted,
)
from rocmtui.core.session.ports import EventSink
from rocmtui.core.session.view_builder import ViewBuilder
from rocmtui.errors import Interrupted, ServerError, UsageError
from rocmtui.services.load.exact_prompts import PromptSet
from rocmtui.services.session.beginning import Beginning, unbegun
from rocmtui.services.session.parts import GpuControl, ServerControl, SessionParts
from rocmtui.services.session.questions import Questions

CLOSE_LOAD_S = 0.8
"""How long a load may take to say its last words when the session closes."""
LOOK_S, LOOKS = 0.1, 12
"""How often, and how many times, the GPUs are looked at for what a stopped server gave back."""


class SessionLoad:
    """One load at a time on the session's server; what happens goes to `sink`, what is said to `tell`."""

    def __init__(
        self,
        parts: SessionParts,
        server: ServerControl,
        gpu: GpuControl,
        questions: Questions,
        builder: ViewBuilder,
        sink: EventSink,
        tell: Callable[[LogLevel, str, str], None],
    ) -> None:
        self._parts = parts
        self._clock = parts.clock
        self._keeper = parts.keeper
        self._server = server
        self._gpu = gpu
        self._questions = questions
        self._builder = builder
        self._sink = sink
        self._tell = tell
        self.group = parts.load(sink)
        """Its processes."""
        self.fleet = parts.fleet(sink)
        """The servers that share it with the first."""
        self._one_begins = asyncio.Lock()
        self._beginning: Beginning | None = None
        self._following: asyncio.Task[None] | None = None
        self.report: Report | None = None
        """Of the last load that ended."""

    async def start(self, scenario: Scenario, key_env: str | None, wake_s: float) -> None:
        """Begin a load and its run folder; one under way is stopped and saved first, one that begins awaited.

        `key_env` names the key where the scenario names none; a model that sleeps may take `wake_s` to load.
        Returns when the load is under way, or was ended before: its run is kept then too. Raises Interrupted
        where it was ended so early that there is no run.
        """
        async with self._one_begins:
            await self._stop_running("stopped")
            self._beginning = Beginning()
            self._builder.set_begins(True)
            try:
                reason = await self._beginning.unless_ended(self._prepare(scenario, key_env, wake_s))
                if reason is not None and not await self._keep_unbegun(reason):
                    raise Interrupted("the load was ended before it began; there is nothing to keep")
            except asyncio.CancelledError:
                await self._keep_unbegun("interrupted")
                raise
            except BaseException:
                if self._keeper.path is not None:
                    self.report = await self._keeper.close(())
                raise
            finally:
                self._builder.set_begins(False)
                self._beginning.is_over()
                self._beginning = None

    async def _prepare(self, scenario: Scenario, key_env: str | None, wake_s: float) -> None:
        lack, remedy = what_a_load_lacks(self._server.status)
        if lack:
            raise ServerError(lack, remedy)
        key = self._parts.read_key(scenario.api_key_env or key_env)
        await self._server.wake(wake_s)
        await self._begin(with_nonce(scenario, f"{self._clock.unix_ns():x}"), key)

    async def _begin(self, scenario: Scenario, key: str | None) -> None:
        status = self._server.status
        url, model = status.url or "", status.facts.model
        built = await self._parts.build_prompts(scenario, url, key, model)
        scenario = msgspec.structs.replace(
            scenario,
            shape=paced(scenario.shape, built.rate),
            conversations=built.conversations or scenario.conversations,
            content_hash=built.content_hash,
        )
        others = await self._fleet(scenario, key)
        target = Target(url=url, model=model, is_llama_server=status.facts.is_llama_server, others=others)
        self._open_run(scenario)
        self.fleet.watch(scenario.fleet, key)
        seen = await self._questions.look(target, key) if scenario.verify else None
        await self._tell_what_is_known(built, seen)
        await self.group.start(
            scenario, target, built.prompts, key, neighbour=built.neighbour, warmup=built.warmup
        )
        beside = None
        if scenario.verify_under_load:
            beside = self._questions.beside(target, key, seen, self._slots, self._tell_company)
        self._following = asyncio.create_task(self._follow(beside))

    def _open_run(self, scenario: Scenario) -> None:
        self._builder.observe(self._keeper.open(_label(self._server.status), scenario))
        self._builder.set_load(scenario, self._keeper.path)
        self._builder.set_kept(None)
        self.report = None

    async def _tell_what_is_known(self, built: PromptSet, seen: Look | None) -> None:
        """Of the server and the prompts, before the first request."""
        if seen is not None:
            self._sink.emit(AnswersLooked(at_ns=self._clock.monotonic_ns(), look=seen))
        await self._count_drafts()
        await self._tell_ceiling(self._server.status)
        for notice in built.notices:
            self._tell("warning", notice, "prompts")

    def _slots(self) -> int | None:
        return self._server.status.facts.parallel

    async def _fleet(self, scenario: Scenario, key: str | None) -> tuple[Target, ...]:
        """The further servers, each asked what it serves. Raises ServerError for one that does not answer."""
        find = self._parts.find_target
        found = await asyncio.gather(*(find(url, key) for url in scenario.fleet))
        model = self._server.status.facts.model
        for target in found:
            if target.model != model:
                text = f"{target.url} serves {target.model}, the first server {model}"
                self._tell("warning", text, "fleet")
        return tuple(found)

    async def wait(self) -> Report | None:
        """Until the load has ended and its run is saved; its report."""
        if self._following is not None:
            await asyncio.shield(self._following)
        return self.report

    async def stop(self, reason: StopReason = "stopped") -> None:
        """End the load, also one that only begins, and save its run; nothing to do without one."""
        if self._beginning is not None:
            await self._beginning.end(reason)
        await self._stop_running(reason)

    async def _stop_running(self, reason: StopReason) -> None:
        if self._following is not None and not self._following.done():
            await self.group.stop(reason)
            await asyncio.shield(self._following)

    async def end(self, reason: StopReason) -> None:
        """Have the load end, also one that only begins, and do not wait for what is under way."""
        if self.group.running:
            await self.group.stop(reason)
        elif self._beginning is not None:
            await self._beginning.end(reason)

    async def change(self, command: LoadCommand, told: str) -> None:
        """Give a command to the load under way, and say that it was given. Raises UsageError without one."""
        if not self.group.running:
            raise UsageError("there is no load to change", "start one first")
        await self.group.tell(command)
        self._tell("info", told, CHANGED)

    async def close(self) -> None:
        """End the load and save its run, soon whatever its processes do; look at no server any more."""
        if self._beginning is not None:
            await self._beginning.end("stopped")
        if self._following is not None and not self._following.done():
            await self.group.stop("stopped")
            await asyncio.wait({self._following}, timeout=CLOSE_LOAD_S)
            await self.group.close()
            await asyncio.wait({self._following})
        await self.fleet.close()

    async def see_what_was_given_back(self) -> None:
        """Wait for one look at the GPUs without the server, and tell the report."""
        if self.report is None or not self.report.gpu:
            return
        stopped_ns = self._clock.monotonic_ns()
        for _ in range(LOOKS):
            await self._clock.sleep(LOOK_S)
            if self._gpu.sample is not None and self._gpu.sample.at_ns > stopped_ns:
                break
        self.report = self._keeper.amend(self._gpu_summary())

    def _gpu_summary(self) -> tuple[GpuSummary, ...]:
        live = self._builder.view().live
        return self._gpu.summary(live.output_tokens if live else None)

    async def _tell_ceiling(self, status: ServerStatus) -> None:
        """How fast its decode could be, before a load draws beside it."""
        ceiling = await asyncio.to_thread(self._parts.ceiling, status)
        if ceiling is not None:
            self._sink.emit(CeilingKnown(at_ns=self._clock.monotonic_ns(), ceiling=ceiling))

    async def _count_drafts(self) -> None:
        counts = await self._server.drafts()
        if counts is not None:
            self._sink.emit(DraftsCounted(at_ns=self._clock.monotonic_ns(), counts=counts))

    def _tell_company(self, found: Company) -> None:
        self._sink.emit(AnswersInCompany(at_ns=self._clock.monotonic_ns(), found=found))

    async def _follow(self, beside: Coroutine[object, object, None] | None) -> None:
        """Wait for the load's end and save its run, whatever ended it."""
        asking = asyncio.ensure_future(beside) if beside is not None else None
        outcome = await self.group.wait()
        if asking is not None:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
        await self._count_drafts()
        await self._see_whether_it_answers(outcome.reason)
        await self._save_run()
        if outcome.message:
            self._tell("warning", outcome.message, "load")

    async def _save_run(self) -> None:
        path = self._keeper.path
        self.report = await self._keeper.close(self._gpu_summary())
        self._builder.set_kept(path)

    async def _keep_unbegun(self, reason: StopReason) -> bool:
        """Save the run of a load that was ended before its first request; False: there is none yet."""
        if self._keeper.path is None:
            return False
        self._sink.emit(unbegun(self._clock.monotonic_ns(), reason))
        await self._save_run()
        return True

    async def _see_whether_it_answers(self, reason: str) -> None:
        """A server that died of the load's last requests ended no request badly."""
        if reason in ("requests", "duration", "error_rate", "failed"):
            silence = await self._server.silence()
            if silence is not None:
                self._tell("error", f"the server no longer answers: {silence}", SERVER_GONE)


def _label(status: ServerStatus) -> str:
    parallel = f" np{status.facts.parallel}" if status.facts.parallel else ""
    return f"{status.facts.model or 'load'}{parallel}"
