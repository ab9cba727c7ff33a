"""`rocmtui bench`: the suite over models, slots and server variants, with verdicts."""

from __future__ import annotations

import argparse
import asyncio
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rocmtui.cli.interrupts import held
from rocmtui.cli.options.bench import add_bench_options, bench_plan_from
from rocmtui.cli.options.metrics import Outlet, add_metrics_options
from rocmtui.cli.options.server import DEMO, model_file
from rocmtui.cli.output.targets import add_output_options, check_outputs, report_face
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import ExitCode, RocmtuiError, ServerError, UsageError

if TYPE_CHECKING:
    from rocmtui.adapters.runs.bench_folder import BenchFolder
    from rocmtui.core.bench.plan.cells import BenchPlan
    from rocmtui.core.bench.report import BenchReport, LlamaBenchRow
    from rocmtui.core.bench.result import BenchResults

USAGE = "rocmtui bench (-m MODEL | --file TOML | --resume DIR) [OPTIONS]"
DESCRIPTION = """\
A repeatable suite over models, slots and server variants: decode speed, TTFT, prefill
and all slots at once, in rounds A B, B A; medians with intervals, verdicts, VRAM.
It can be interrupted and resumed."""
EXAMPLES = """\
  rocmtui bench -m demo --parallel 1,4
  rocmtui bench -m a.gguf -m b.gguf --variant 'on: -fa on' --rounds 7
  rocmtui bench -m a.gguf --variant 'on: -fa on' --variant 'off: -fa off' \\
                --rounds auto --resolve 2%
  rocmtui bench -m a.gguf --server old=/opt/a/llama-server \\
                --server new=/opt/b/llama-server
  rocmtui bench --example > bench.toml   a plan to change, explained
  rocmtui bench --file bench.toml --output night
  rocmtui bench --resume night
exit codes: 0 done, 1 a model or variant was not measured, too many errors,
            2 bad input, 3 a variant is slower (--fail-on-regression),
            4 no server,
            130 interrupted (what was measured is saved; --resume goes on)"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `rocmtui bench`."""
    from rocmtui.cli.options.numbers import percentage

    add_bench_options(parser)
    add_metrics_options(parser)
    group = add_output_options(parser, "bench")
    group.add_argument("--example", action="store_true", help="print a file for --file, explained")
    group.add_argument("--resume", metavar="DIR", help="go on with an interrupted bench; its own plan counts")
    group.add_argument("--with-llama-bench", metavar="PATH", help="run llama-bench too and explain the gap")
    group.add_argument(
        "--fail-on-regression",
        metavar="5%",
        type=percentage,
        help="exit 3 when a variant is worse by more than this, all rows judged together (Holm)",
    )
    group.add_argument("--app", action="store_true", help="watch it in the app")


def run(args: argparse.Namespace) -> int:
    """Run the bench; returns the exit code."""
    with held():
        from rocmtui.wiring.benches import new_bench, resumed_bench

    if args.example:
        from rocmtui.adapters.runs.bench_folder import example_plan

        sys.stdout.write(example_plan())
        return ExitCode.DONE
    _check(args)
    outlet = Outlet(args)
    if args.resume:
        folder, results = resumed_bench(Path(args.resume))
    else:
        plan = _with_demo(bench_plan_from(args))
        _check_reference(plan)
        with held():
            folder, results = args.begun = new_bench(Path(args.output) if args.output else None, plan)
    report = (
        _in_app(folder, results, outlet) if args.app else asyncio.run(_bench(args, folder, results, outlet))
    )
    with held():
        _finish(args, folder, report)
    return _exit_code(args, report)


def interrupted(args: argparse.Namespace) -> None:
    """Report what there is, if only that there is nothing."""
    from rocmtui.wiring.benches import bench_report, new_bench, resumed_bench

    if args.example:
        return
    if args.resume:
        folder, results = resumed_bench(Path(args.resume))
    elif (begun := getattr(args, "begun", None)) is not None:
        folder, results = begun
    else:
        folder, results = new_bench(Path(args.output) if args.output else None, bench_plan_from(args))
    _finish(args, folder, bench_report(folder, results, interrupted=True))


def _finish(args: argparse.Namespace, folder: BenchFolder, report: BenchReport) -> None:
    args.reported = True
    folder.finish(report, junit_beyond=args.fail_on_regression or 0.0)
    _print(args, report, folder.path)


def _check(args: argparse.Namespace) -> None:
    """What would only fail later is refused before anything is written."""
    if args.with_llama_bench and not Path(args.with_llama_bench).is_file():
        raise UsageError(f"no llama-bench at {args.with_llama_bench}", "give the path of the binary")
    check_outputs(args)


def _check_reference(plan: BenchPlan) -> None:
    from rocmtui.adapters.runs.references import read_reference
    from rocmtui.core.answers.reference import CPU

    if plan.against not in (None, CPU):
        read_reference(Path(plan.against))


def _in_app(folder: BenchFolder, results: BenchResults, outlet: Outlet) -> BenchReport:
    from rocmtui.cli.run.app import run_bench_app
    from rocmtui.core.bench.rounds import next_starts
    from rocmtui.wiring.benches import bench_report, resumed_bench

    asyncio.run(run_bench_app(folder, results, outlet))
    folder, results = resumed_bench(folder.path)
    return bench_report(folder, results, interrupted=bool(next_starts(folder.head.plan, results)))


async def _bench(
    args: argparse.Namespace, folder: BenchFolder, results: BenchResults, outlet: Outlet
) -> BenchReport:
    from rocmtui.cli.output.bench_progress import BenchProgress
    from rocmtui.cli.run.signals import cancelled_by_signals
    from rocmtui.wiring.benches import bench_report, bench_runner, beside_llama_bench

    progress = BenchProgress(sys.stderr, quiet=args.quiet)
    progress.say(f"bench: {folder.path}")
    session, runner = bench_runner(folder, results, progress.changed, outlet.listeners)
    rows: tuple[LlamaBenchRow, ...] = ()
    interrupted = False
    try:
        with cancelled_by_signals():
            session.begin()
            try:
                async with outlet.open(session.view):
                    await runner.run()
            finally:
                progress.clear()
                await session.close()
            if args.with_llama_bench:
                rows = await beside_llama_bench(args.with_llama_bench, folder, runner.results, progress.say)
    except asyncio.CancelledError:
        interrupted = True
    return bench_report(folder, runner.results, interrupted=interrupted, llama_bench=rows)


def _with_demo(plan: BenchPlan) -> BenchPlan:
    import msgspec

    if DEMO not in plan.models:
        return plan
    path = model_file(DEMO)
    return msgspec.structs.replace(plan, models=tuple(path if m == DEMO else m for m in plan.models))


def _print(args: argparse.Namespace, report: BenchReport, path: Path) -> None:
    from rocmtui.cli.output.reports import bench_texts, print_report

    texts = bench_texts(report, report_face(args.json), path)
    if report.ended == "interrupted":
        more = f"go on with: rocmtui bench --resume {shlex.quote(str(path))}\n"
        texts = texts._replace(terminal=texts.terminal + more, markdown=texts.markdown + more)
    print_report(args, texts, path)


def _exit_code(args: argparse.Namespace, report: BenchReport) -> int:
    from rocmtui.core.report.exit_code import USUAL_LIMIT
    from rocmtui.core.text.forms import plural, share

    if report.ended == "interrupted":
        return ExitCode.INTERRUPTED
    if not any(cell.error is None for cell in report.cells):
        reasons = "; ".join(dict.fromkeys(row.reason for row in report.not_run))
        no_server = report.without_server
        raise (ServerError if no_server else RocmtuiError)(f"nothing was measured: {reasons}")
    if args.fail_on_regression is not None and _worse(report, args.fail_on_regression):
        return ExitCode.SLO_MISSED
    for row in report.not_run:
        lost = f"{row.model} {plural(row.parallel, 'slot')}, {row.variant}: {row.reason}"
        sys.stderr.write(f"rocmtui: not measured: {clean_line(lost, 300)}\n")
    if report.error_rate > USUAL_LIMIT:
        raise RocmtuiError(f"{share(report.error_rate)} of the requests failed")
    return ExitCode.NOTHING_COMPLETED if report.not_run else ExitCode.DONE


def _worse(report: BenchReport, beyond: float) -> bool:
    from rocmtui.core.text.forms import plural

    for setup in report.broken:
        sys.stderr.write(f"regression: {setup.rsplit('|', 1)[-1]}: its answers are broken\n")
    found = bool(report.broken)
    for row in report.rows:
        for figure, verdict in zip(row.figures[1:], row.verdicts, strict=True):
            if verdict.is_regression and verdict.change and abs(verdict.change.estimate) > beyond:
                where = f"{row.name} {plural(row.parallel, 'slot')}, {figure.variant}"
                sys.stderr.write(f"regression: {where}: {verdict.text}\n")
                found = True
    return found
