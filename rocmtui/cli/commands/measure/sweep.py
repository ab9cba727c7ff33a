"""`rocmtui sweep`: find the concurrency, rate or number of slots that serves best."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from rocmtui.cli.interrupts import held
from rocmtui.cli.options.metrics import Outlet, add_metrics_options
from rocmtui.cli.options.server import model_file
from rocmtui.cli.options.sweep import add_sweep_options, sweep_plan_from
from rocmtui.cli.output.targets import add_output_options, check_outputs, report_face
from rocmtui.errors import ExitCode

if TYPE_CHECKING:
    from rocmtui.adapters.runs.sweep_folder import SweepFolder
    from rocmtui.core.sweep.report import SweepPlan, SweepReport, TriedLevel

USAGE = "rocmtui sweep (-m MODEL | --url URL) [OPTIONS] [-- LLAMA-SERVER-FLAGS]"
DESCRIPTION = """\
Tries loads until the best is known: doubles them to saturation, then bisects to the
knee under the SLOs. With --parallel auto each number of slots gets its own server,
and the line to run is printed."""
EXAMPLES = """\
  rocmtui sweep -m demo --parallel auto --slo 'ttft_p95<1s'
  rocmtui sweep --url http://127.0.0.1:8080 --concurrency 1,2,4,8 --seconds 30
  rocmtui sweep -m a.gguf --rate auto --slo 'ttft_p95<500ms'
exit codes: 0 done, 1 no load was acceptable, 2 bad input,
            3 no load met the SLOs, 4 no server,
            130 interrupted (levels are saved)"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `rocmtui sweep`."""
    add_sweep_options(parser)
    add_metrics_options(parser)
    group = add_output_options(parser, "sweep")
    group.add_argument("--title", default="", metavar="TEXT", help="title of sweep.md")
    group.add_argument("--app", action="store_true", help="watch it in the app")


def run(args: argparse.Namespace) -> int:
    """Run the sweep; returns the exit code."""
    with held():
        from rocmtui.wiring import benches  # noqa: F401  (what takes time to import)

    check_outputs(args)
    outlet, plan = Outlet(args), _plan(args)
    if plan.launch is not None:
        launch = replace(plan.launch, model=model_file(plan.launch.model))
        plan = replace(plan, launch=launch)
    with held():
        folder = args.folder = _new_folder(args, plan)
    if args.app:
        from rocmtui.cli.run.app import run_sweep_app

        report = asyncio.run(run_sweep_app(plan, folder, outlet))
    else:
        report = asyncio.run(_sweep(args, plan, folder, outlet))
    with held():
        _print(args, report, folder.path)
    return exit_code_of_sweep(report)


def interrupted(args: argparse.Namespace) -> None:
    """Report what there is, if only that there is nothing."""
    from rocmtui.wiring.benches import begun_sweep

    if hasattr(args, "job"):
        _print(args, args.job.report, args.folder.path)
        return
    report = begun_sweep(_plan(args))
    folder = getattr(args, "folder", None) or _new_folder(args, report.plan)
    folder.write(report)
    _print(args, report, folder.path)


def _plan(args: argparse.Namespace) -> SweepPlan:
    from rocmtui.cli.options.server import server_url

    plan = sweep_plan_from(args, args.title)
    return plan if plan.url is None else replace(plan, url=server_url(plan.url))


def _new_folder(args: argparse.Namespace, plan: SweepPlan) -> SweepFolder:
    from rocmtui.adapters.machine.clock import SystemClock
    from rocmtui.adapters.runs.sweep_folder import SweepFolder

    return SweepFolder.create(Path(args.output) if args.output else None, plan.title, SystemClock())


def exit_code_of_sweep(report: SweepReport) -> ExitCode:
    """What the process tells its caller: measured loads are a result, also where none of them is advised."""
    levels = [tried.level for tried in report.levels]
    if report.ended == "interrupted":
        return ExitCode.INTERRUPTED
    if levels and levels[-1].server_gone:
        return ExitCode.SERVER
    if report.best is not None:
        return ExitCode.DONE
    measured = [level for level in levels if level.problem is None]
    if any(level.slo_met is False for level in measured):
        return ExitCode.SLO_MISSED
    return ExitCode.DONE if measured else ExitCode.NOTHING_COMPLETED


async def _sweep(
    args: argparse.Namespace, plan: SweepPlan, folder: SweepFolder, outlet: Outlet
) -> SweepReport:
    from rocmtui.cli.run.signals import cancelled_by_signals
    from rocmtui.wiring.benches import sweep_job
    from rocmtui.wiring.sessions import live_session

    session = live_session(runs=folder.runs, listeners=outlet.listeners)
    job = args.job = sweep_job(plan, folder, session)
    job.on_level = lambda tried: _narrate(args, tried, plan)
    try:
        with cancelled_by_signals():
            session.begin()
            async with outlet.open(session.view):
                await job.run()
    except asyncio.CancelledError:
        pass
    finally:
        await session.close()
    return job.report


def _narrate(args: argparse.Namespace, tried: TriedLevel, plan: SweepPlan) -> None:
    from rocmtui.cli.output.streams import tell
    from rocmtui.core.sweep.text import level_line
    from rocmtui.core.text.sanitize import clean_line

    if not args.quiet:
        tell(sys.stderr, clean_line(level_line(tried.level, plan.goal.axis)) + "\n")


def _print(args: argparse.Namespace, report: SweepReport, path: Path) -> None:
    from rocmtui.cli.output.reports import print_report, sweep_texts

    args.reported = True
    print_report(args, sweep_texts(report, report_face(args.json), path), path)
