"""Benches over this machine: their folder, session, runner and report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import msgspec

from rocmtui import __version__
from rocmtui.adapters.machine.api_key import read_api_key
from rocmtui.adapters.machine.clock import SystemClock
from rocmtui.adapters.machine.load import ProcMachine
from rocmtui.adapters.models.fingerprint import model_hash
from rocmtui.adapters.runs.bench_folder import BenchFolder, BenchHead
from rocmtui.adapters.runs.references import read_reference
from rocmtui.adapters.runs.sweep_folder import SweepFolder
from rocmtui.adapters.server.binary import EMBEDDED
from rocmtui.adapters.server.llama_bench import llama_bench_command, run_llama_bench
from rocmtui.adapters.wire.asker import HttpAsker
from rocmtui.core.answers.reference import CPU, Reference
from rocmtui.core.bench.gap import comparable_setups, comparable_tests, gap_row
from rocmtui.core.bench.plan.cells import BenchPlan
from rocmtui.core.bench.report import BenchReport, LlamaBenchRow, summed_up
from rocmtui.core.bench.result import BenchResults
from rocmtui.core.bench.rounds import USUAL_ROUNDS
from rocmtui.core.bench.text.whole import terminal_text
from rocmtui.core.bench.view import BenchView
from rocmtui.core.report.document import Tool
from rocmtui.core.server.state import ServerStatus
from rocmtui.core.session.ports import EventSink
from rocmtui.core.sweep.report import SweepPlan, SweepReport, TriedLevel, advice_of
from rocmtui.core.text.documents import iso_utc
from rocmtui.core.text.tables import terminal_table
from rocmtui.errors import RocmtuiError, UsageError
from rocmtui.services.bench.answers import AnswerCheck
from rocmtui.services.bench.job import BenchJob
from rocmtui.services.bench.runner import BenchRunner
from rocmtui.services.bench.sweep_job import SweepJob
from rocmtui.services.session.live import LiveSession
from rocmtui.wiring.machine import this_machine
from rocmtui.wiring.sessions import live_session
from rocmtui.wiring.verifying import cpu_reference


def new_bench(path: Path | None, plan: BenchPlan) -> tuple[BenchFolder, BenchResults]:
    """A folder for a new bench. Raises RunFolderError when it cannot be made."""
    clock = SystemClock()
    head = BenchHead(
        started_at=iso_utc(clock.unix_ns()),
        tool_version=__version__,
        machine=this_machine(),
        model_hashes=_hashes(plan),
        plan=plan,
    )
    return BenchFolder.create(path, head, clock), BenchResults()


def resumed_bench(path: Path) -> tuple[BenchFolder, BenchResults]:
    """An interrupted bench. Raises UsageError when the machine or a model is no longer the same."""
    folder, results = BenchFolder.open(path)
    here, there = this_machine(), folder.head.machine
    if (here.cpu, here.cpu_count) != (there.cpu, there.cpu_count):
        raise UsageError(f"this bench was begun on another machine ({there.cpu})", "begin a new one here")
    now = _hashes(folder.head.plan)
    changed = [m for m, digest in folder.head.model_hashes.items() if now.get(m, digest) != digest]
    if changed:
        raise UsageError(f"{changed[0]} has changed since this bench was begun", "begin a new one")
    return folder, results


def bench_over(session: LiveSession, plan: BenchPlan) -> BenchJob:
    """A new bench over a session that is there already; its runs go where that session's go."""
    folder, results = new_bench(None, plan)
    return bench_job(folder, _runner(session, folder, results))


def bench_job(folder: BenchFolder, runner: BenchRunner) -> BenchJob:
    """A bench for the app, with its report in its folder at the end."""

    def finish(interrupted: bool) -> None:
        folder.finish(bench_report(folder, runner.results, interrupted=interrupted))

    def describe() -> Callable[[int | None], str]:
        report = bench_report(folder, runner.results, interrupted=runner.view.phase != "done")
        return lambda width: terminal_text(report, partial(terminal_table, width=width))

    return BenchJob(runner, str(folder.path), finish, describe)


def bench_runner(
    folder: BenchFolder,
    results: BenchResults,
    tell: Callable[[BenchView], None] = lambda _view: None,
    listeners: Sequence[EventSink] = (),
) -> tuple[LiveSession, BenchRunner]:
    """The session of a bench, whose runs go into its folder, and the runner over it."""
    session = live_session(runs=folder.runs, listeners=listeners)
    return session, _runner(session, folder, results, tell)


def _runner(
    session: LiveSession,
    folder: BenchFolder,
    results: BenchResults,
    tell: Callable[[BenchView], None] = lambda _view: None,
) -> BenchRunner:
    plan = folder.head.plan
    check = _answer_check(session, plan, results)
    return BenchRunner(plan, session, folder, ProcMachine(), SystemClock(), results, tell, check)


def _answer_check(session: LiveSession, plan: BenchPlan, results: BenchResults) -> AnswerCheck:
    def ask(status: ServerStatus) -> HttpAsker:
        return HttpAsker(status.url or "", read_api_key(plan.launch.api_key_env))

    async def reference_of(model: str) -> Reference:
        if plan.against != CPU:
            return read_reference(Path(plan.against or ""))
        return await cpu_reference(session, msgspec.structs.replace(plan.launch, model=model))

    return AnswerCheck(plan, results, ask, reference_of if plan.against else None)


def bench_report(
    folder: BenchFolder,
    results: BenchResults,
    *,
    interrupted: bool,
    llama_bench: tuple[LlamaBenchRow, ...] = (),
) -> BenchReport:
    """The report of what there is."""
    head = folder.head
    seconds = sum(cell.seconds for cell in results.cells) + sum(s.load_seconds or 0 for s in results.starts)
    begun = BenchReport(
        tool=Tool(version=head.tool_version),
        started_at=head.started_at,
        ended="interrupted" if interrupted else "done",
        seconds=seconds,
        machine=head.machine,
        plan=head.plan,
        model_hashes=head.model_hashes,
        llama_bench=llama_bench,
    )
    return summed_up(begun, results)


async def beside_llama_bench(
    binary: str, folder: BenchFolder, results: BenchResults, say: Callable[[str], None]
) -> tuple[LlamaBenchRow, ...]:
    """llama-bench on each model and variant; what fails is said and left out.

    A variant with a server of its own is measured with the llama-bench beside that, or not at all.
    """
    plan, rows = folder.head.plan, []
    tests = comparable_tests(plan)
    for setup in comparable_setups(plan):
        own = setup.variant.server_bin
        program = Path(own).with_name("llama-bench") if own else Path(binary)
        if own == EMBEDDED or not program.is_file():
            say(f"no llama-bench beside {own}: {setup.variant.label} is left out")
            continue
        command = llama_bench_command(
            str(program),
            plan.launch_for(setup),
            prompts=sorted({test.prompt_tokens for test in tests if test.kind == "prefill"}),
            outputs=sorted({test.max_tokens for test in tests if test.kind == "decode"}),
            depths=sorted({test.depth for test in tests}),
            repeats=min(plan.rounds, USUAL_ROUNDS),
        )
        say(" ".join(command))
        try:
            found = await run_llama_bench(command)
        except RocmtuiError as error:
            say(error.message)
            continue
        rows += [gap_row(plan, results, setup, line.name, line.avg_ts, line.stddev_ts) for line in found]
    return tuple(row for row in rows if row is not None)


def _hashes(plan: BenchPlan) -> dict[str, str]:
    found = {model: model_hash(model) for model in plan.models}
    return {model: digest for model, digest in found.items() if digest is not None}


def begun_sweep(plan: SweepPlan) -> SweepReport:
    """The report of a sweep that has tried nothing yet."""
    return SweepReport(
        tool=Tool(version=__version__),
        started_at=iso_utc(SystemClock().unix_ns()),
        ended="interrupted",
        machine=this_machine(),
        plan=plan,
        advice=advice_of(plan, ())[1],
    )


def sweep_over(session: LiveSession, plan: SweepPlan) -> SweepJob:
    """A new sweep over a session that is there already; its runs go where that session's go."""
    return sweep_job(plan, SweepFolder.create(None, plan.title, SystemClock()), session)


def sweep_job(plan: SweepPlan, folder: SweepFolder, session: LiveSession) -> SweepJob:
    """A sweep over a session, whose report in `folder` is kept up with it."""
    begun = begun_sweep(plan)

    def report(tried: tuple[TriedLevel, ...], interrupted: bool) -> SweepReport:
        best, advice = advice_of(plan, tried)
        ended = "interrupted" if interrupted else "done"
        made = msgspec.structs.replace(begun, ended=ended, levels=tried, best=best, advice=advice)
        folder.write(made)
        return made

    url = plan.url
    attach = None
    if url is not None:
        key = plan.scenario.api_key_env
        attach = partial(session.attach, url, key, model=plan.model, timeout_s=plan.start_timeout_s)
    return SweepJob(plan, session, str(folder.path), report, attach)
