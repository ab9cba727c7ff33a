"""`rocmtui load`: load a server and report what it did."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from rocmtui.cli.interrupts import held
from rocmtui.cli.options.fleet import Urls, add_fleet_options
from rocmtui.cli.options.load import add_load_options
from rocmtui.cli.options.metrics import Outlet, add_metrics_options
from rocmtui.cli.options.scenario import scenario_from
from rocmtui.cli.options.server import (
    add_server_options,
    plan_from,
    refuse_unheeded,
    server_url,
    start_timeout,
)
from rocmtui.cli.options.traces import trace_plan
from rocmtui.cli.output.face import Face
from rocmtui.cli.output.targets import STDOUT, add_output_options, check_outputs
from rocmtui.core.server.state import LaunchPlan, ServerState
from rocmtui.errors import RunFolderError, UsageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rocmtui.core.report.document import Report
    from rocmtui.services.session.live import LiveSession

USAGE = "rocmtui load (-m MODEL | --url URL) [OPTIONS] [-- LLAMA-SERVER-FLAGS]"
DESCRIPTION = "Load a server and report tok/s, time to first token and inter-token latency."
EXAMPLES = """\
  rocmtui load -m model.gguf -np 4 --duration 60
  rocmtui load --url http://127.0.0.1:8080 --concurrency 8 --requests 200
  rocmtui load --url http://a:8080 --url http://b:8080 --concurrency 16
  rocmtui load --url http://127.0.0.1:8080 --rate 2 --slo 'ttft_p95<500ms'
  rocmtui load --url https://host/v1 --api-key-env MY_KEY --dataset p.jsonl
  rocmtui load --url http://127.0.0.1:8080 --conversations 4 --think 2s
  rocmtui load --url http://127.0.0.1:8080 --trace mooncake.jsonl --sessions 0.1
  rocmtui load --explain             what each figure means
exit codes: 0 done, 1 nothing completed or too many errors, 2 bad input,
            3 an SLO missed, 4 the server could not be reached or died,
            130 interrupted (the run is saved)"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `rocmtui load`."""
    add_fleet_options(add_server_options(parser, url_action=Urls))
    add_load_options(parser)
    add_metrics_options(parser)
    group = add_output_options(parser, "run")
    group.add_argument("--explain", action="store_true", help="say what each figure means")


def run(args: argparse.Namespace) -> int:
    """Run the load; returns the exit code."""
    from rocmtui.cli.output.load import definitions

    if args.model is None and args.url is None:
        if args.explain:
            sys.stdout.write(definitions())
            return 0
        raise UsageError("nothing to load", "start a model with -m MODEL, or give --url of a running server")
    plan = _for_endpoint(plan_from(args), args.endpoint)
    if plan is None:
        refuse_unheeded(args, heeded=("alias",))  # which of its models is asked
        start_timeout(args)
    _check_outputs(args)
    _check_prompts(args)
    scenario_from(args)
    return _load(args, plan)


_FLAGS = {"embeddings": "--embeddings", "rerank": "--reranking"}


def _for_endpoint(plan: LaunchPlan | None, endpoint: str) -> LaunchPlan | None:
    """The start of a server that has the endpoint."""
    flag = _FLAGS.get(endpoint)
    given = {word.removesuffix("s") for word in plan.extra_args} if plan is not None else set()
    if plan is None or flag is None or flag.removesuffix("s") in given:
        return plan
    return replace(plan, extra_args=(*plan.extra_args, flag))


def _load(args: argparse.Namespace, plan: LaunchPlan | None) -> int:
    with held():
        import asyncio

        from rocmtui.adapters.machine.api_key import read_api_key
        from rocmtui.cli.output.load_progress import Progress
        from rocmtui.cli.output.streams import tell
        from rocmtui.cli.run.headless import HeadlessRun, run_headless
        from rocmtui.core.report.exit_code import exit_code_of
        from rocmtui.wiring.sessions import live_session

    read_api_key(args.api_key_env)
    progress = Progress(sys.stderr, quiet=args.quiet, duration_s=scenario_from(args).duration_s)
    outlet = Outlet(args)
    listeners = (progress, *outlet.listeners)
    session = live_session(Path(args.output) if args.output else None, listeners=listeners)

    async def work() -> HeadlessRun:
        async with outlet.open(session.view):
            if outlet.url and not args.quiet:
                tell(sys.stderr, f"metrics: {outlet.url}\n")
            return await run_headless(session, _beginning(args, plan, session), keep_server=args.keep_server)

    done = asyncio.run(work())
    with held():
        args.reported = True
        progress.clear()
        _print(args, done.report, done.path, progress.told)
    if done.failure is not None:
        raise done.failure
    return exit_code_of(done.report)


def _beginning(
    args: argparse.Namespace, plan: LaunchPlan | None, session: LiveSession
) -> Callable[[], Awaitable[None]]:
    """What starts or attaches to the server and begins the load. Raises UsageError for a wrong address."""
    url = "" if plan else server_url(args.url)

    async def begin() -> None:
        if plan is not None:
            status = await session.start_server(plan)
            if status.state is not ServerState.READY:
                raise session.server_error()
        else:
            waits = start_timeout(args)
            status = await session.attach(url, args.api_key_env, model=args.alias, timeout_s=waits)
        await session.start_load(scenario_from(args, status.facts.parallel))

    return begin


def interrupted(args: argparse.Namespace) -> None:
    """Before the load began: who waits for the report gets one that says so."""
    from rocmtui.cli.output.reports import deliver_interrupted

    if args.json:
        deliver_interrupted(args.json, scenario_from(args))


def _print(args: argparse.Namespace, report: Report, path: Path, told: set[str]) -> None:
    from rocmtui.cli.output.load import definitions, warning_lines
    from rocmtui.cli.output.reports import print_report, run_texts

    explained = definitions() if args.explain else ""
    texts = run_texts(report, Face(sys.stdout), path)
    if args.json == STDOUT:
        warned = warning_lines(report, Face(sys.stderr), told)
        said = "".join(f"{part}\n" for part in (warned, explained) if part)
        texts = texts._replace(terminal=said, markdown=said)
    elif explained:
        texts = texts._replace(terminal=f"{texts.terminal}\n{explained}")
    print_report(args, texts, path)


def _check_outputs(args: argparse.Namespace) -> None:
    """What would only fail after the run is refused before it."""
    check_outputs(args)
    if args.output:
        folder = Path(args.output)
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise RunFolderError(f"--output {args.output} exists and is not an empty folder", "give another")


def _check_prompts(args: argparse.Namespace) -> None:
    """Read what is sent before a server is started for it; notes whether it holds conversations, or times."""
    from rocmtui.adapters.load.prompt_files import PromptFiles

    if args.prompt_file is not None:
        PromptFiles().text(args.prompt_file)
    if args.dataset is not None:
        data = PromptFiles().dataset(args.dataset, args.endpoint, lenient=args.lenient)
        args.talks = args.timed or (data.conversations is not None and args.rate is None)
        args.trace_rate = data.rate if args.timed else None
        if args.timed and data.rate is None:
            raise UsageError(
                "--timed: not everything in the data set begins with a `timestamp`", "leave --timed out"
            )
    if (plan := trace_plan(args)) is not None:
        args.trace_rate = PromptFiles().trace(plan, args.seed).survey.rate
