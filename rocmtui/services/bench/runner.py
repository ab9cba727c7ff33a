"""Runs a bench: starts each setup in its turn, waits for rest, measures its tests, keeps what was found."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from rocmtui.core.answers.verification import Verification
from rocmtui.core.bench.answers import judged_rows
from rocmtui.core.bench.plan.cells import BenchPlan, CellKey, Setup, Start, starts
from rocmtui.core.bench.plan.time_left import Timing, seconds_left
from rocmtui.core.bench.result import BenchResults, CellResult, StartResult, timings_of
from rocmtui.core.bench.rounds import next_starts
from rocmtui.core.bench.view import BenchPhase, BenchView
from rocmtui.core.session.ports import Clock
from rocmtui.core.session.view import SessionView
from rocmtui.core.text.sanitize import clean_line
from rocmtui.services.bench.answers import AnswerCheck
from rocmtui.services.bench.cell import CellRunner
from rocmtui.services.bench.ports import BenchSession, MachineWatch, ResultStore
from rocmtui.services.bench.settle import Settler
from rocmtui.services.bench.steps import is_ready, problem_of_start, why

GIVEN_BACK_S = 2.5
"""How long after a server's end its cards are watched for the memory it gives back."""


class BenchRunner:
    """One bench. `run` may be cancelled at any time: what was measured is in the store and in `results`."""

    def __init__(
        self,
        plan: BenchPlan,
        session: BenchSession,
        store: ResultStore,
        machine: MachineWatch,
        clock: Clock,
        results: BenchResults | None = None,
        tell: Callable[[BenchView], None] = lambda _view: None,
        answers: AnswerCheck | None = None,
    ) -> None:
        self.results = results or BenchResults()
        self._plan = plan
        self._answers = answers
        self._session = session
        self._store = store
        self._clock = clock
        self._tell_view = tell
        self._settler = Settler(session, machine, clock, plan.settle_s)
        self._cells = CellRunner(plan, session, self._settler, clock, self._tell)
        self._loads: list[Timing] = []
        self._tried: set[CellKey] = set()
        self._todo: Sequence[Start] = next_starts(plan, self.results)
        self.view = BenchView(
            plan=plan,
            cells_total=self._cells_total(),
            cells=tuple(self.results.cells),
            starts=tuple(self.results.starts),
            rows=judged_rows(plan, self.results),
        )

    async def run(self) -> None:
        """Everything still to do. A setup that does not start is told once and left out of later rounds."""
        failed: set[str] = set()
        self._settler.begin()
        try:
            while self._todo:
                start = self._todo[0]
                if start.setup.key not in failed and not await self._start(start):
                    failed.add(start.setup.key)
                self._tried |= {(start.setup.key, test.name, start.round) for test in start.tests}
                self._todo = self._todo[1:] or next_starts(self._plan, self.results, self._tried)
        except asyncio.CancelledError:
            self._show("interrupted", test=None)
            raise
        self._show("done")

    async def _start(self, start: Start) -> bool:
        """One server start and its tests; whether the server became ready."""
        setup = start.setup
        self._show("starting", setup=setup, round=start.round, test=None, attempt=1, note="")
        if self._answers is not None:
            await self._answers.prepare(setup)
        began_ns = self._clock.monotonic_ns()
        error = await problem_of_start(self._session, self._plan.launch_for(setup))
        result = _start_result(start, self._session.view(), began_ns)
        if error is not None:
            self._keep_start(msgspec.structs.replace(result, error=error))
            return False
        seconds = (self._clock.monotonic_ns() - began_ns) / 1e9
        self._loads = [Timing(model=setup.model, what="start", parallel=setup.parallel, seconds=seconds)]
        result = msgspec.structs.replace(result, load_seconds=seconds, answers=await self._verified(setup))
        for test in start.tests:
            self._show("settling", test=test.name, attempt=1, note="")
            self._keep_cell(await self._cells.run(start.setup, test, start.round))
            if not is_ready(self._session):
                result = msgspec.structs.replace(result, error=why(self._session.view().server))
                break
        self._show("stopping", test=None)
        await self._session.stop_server()
        gpu = self._session.view().gpu
        if gpu is not None and gpu.gpus:
            await self._clock.sleep(GIVEN_BACK_S)
        self._keep_start(msgspec.structs.replace(result, gpu=self._session.server_gpu()))
        return True

    async def _verified(self, setup: Setup) -> Verification | None:
        if self._answers is None:
            return None
        self._show("checking answers")
        with self._session.asked_by_us():
            return await self._answers.check(setup, self._session.view().server)

    def _keep_cell(self, cell: CellResult) -> None:
        self.results.add(cell)
        self._store.append(cell)
        note = f"{cell.test}: {cell.error}" if cell.error else self.view.note
        self._show(
            self.view.phase,
            note=note,
            rows=judged_rows(self._plan, self.results),
        )

    def _tell(self, phase: BenchPhase, attempt: int, note: str | None) -> None:
        self._show(phase, attempt=attempt, note=self.view.note if note is None else note)

    def _keep_start(self, result: StartResult) -> None:
        self.results.add(result)
        self._store.append(result)
        self._show(self.view.phase, note=result.error or self.view.note)

    def _show(self, phase: BenchPhase, **changes: object) -> None:
        self.view = msgspec.structs.replace(
            self.view,
            phase=phase,
            cells_done=len(self.results.cells),
            cells_total=self._cells_total(),
            seconds_left=self._seconds_left(phase),
            cells=tuple(self.results.cells),
            starts=tuple(self.results.starts),
            **changes,
        )
        self._tell_view(self.view)

    def _cells_total(self) -> int:
        """Of a bench that goes on by itself: those known of so far."""
        if not self._plan.auto:
            return sum(len(start.tests) for start in starts(self._plan))
        keys = {cell.key for cell in self.results.cells}
        return len(keys | {(s.setup.key, test.name, s.round) for s in self._todo for test in s.tests})

    def _seconds_left(self, phase: BenchPhase) -> float | None:
        """None before the first cell: a start says nothing of how long a test takes."""
        if not self._todo or not self.results.cells:
            return None if self._todo else 0.0
        timings = [*timings_of(self.results), *self._loads]
        now, done = self._todo[0], self.results.done
        tests = tuple(t for t in now.tests if (now.setup.key, t.name, now.round) not in done)
        rest = (msgspec.structs.replace(now, tests=tests), *self._todo[1:])
        return seconds_left(rest, timings, is_started=phase != "starting")


def _start_result(start: Start, view: SessionView, began_ns: int) -> StartResult:
    """With what was warned of since it began."""
    status = view.server
    warned = (note.text for note in view.notices if note.level == "warning" and note.at_ns >= began_ns)
    told = ("build", "backend", "program", "quantization", "n_params", "model_bytes", "memory")
    return StartResult(
        setup=start.setup.key,
        model=start.setup.model,
        parallel=start.setup.parallel,
        round=start.round,
        command=status.command,
        **{name: getattr(status.facts, name) for name in told},
        notes=tuple(dict.fromkeys(clean_line(text) for text in (*warned, status.note) if text)),
    )
