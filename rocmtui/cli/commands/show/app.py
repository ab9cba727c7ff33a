"""`rocmtui`: the app."""

from __future__ import annotations

import argparse
import gc
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from rocmtui.cli.options.fleet import Urls, add_also_option, further_servers
from rocmtui.cli.options.metrics import Outlet, add_metrics_options
from rocmtui.cli.options.server import add_server_options, plan_from, refuse_unheeded, start_timeout

if TYPE_CHECKING:
    from rocmtui.core.server.state import LaunchPlan
    from rocmtui.services.session.live import LiveSession

USAGE = "rocmtui [-m MODEL | --url URL] [OPTIONS] [-- LLAMA-SERVER-FLAGS]"
DESCRIPTION = "Open the app: choose a model and start it, or attach to a server, then load it."
EXAMPLES = """\
  rocmtui                              the launch screen
  rocmtui -m model.gguf -np 4          start this model at once
  rocmtui --url http://127.0.0.1:8080  attach to a running server
  rocmtui --url 8080 --url 8081        two servers: a load goes to both
  rocmtui -m model.gguf -- --metrics   what follows -- goes to llama-server"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of bare `rocmtui`."""
    add_also_option(add_server_options(parser, url_action=Urls))
    parser.add_argument(
        "--restart-on-crash",
        action="store_true",
        help="start the server again when it crashes, with growing delay",
    )
    add_metrics_options(parser)
    parser.add_argument("--theme", metavar="NAME", help="colours of the app")


def run(args: argparse.Namespace) -> int:
    """Open the app; returns the exit code."""
    plan = plan_from(args)
    if plan is None:
        refuse_unheeded(args, heeded=("alias", "keep_server") if args.url else ("keep_server",))
        start_timeout(args)
    gc.disable()  # modules are no garbage; the first paint sets it going again
    from rocmtui.cli.options.server import server_url
    from rocmtui.cli.run.app import run_app

    fleet = further_servers(args)
    open_app = partial(
        run_app, theme=args.theme, keep_server=args.keep_server, outlet=Outlet(args), fleet=fleet
    )
    if plan is not None:
        return open_app(partial(_planned, plan=plan, fleet=fleet))
    if args.url is None:
        return open_app(None)
    url = server_url(args.url)

    def attach(session: LiveSession) -> Callable[[], Awaitable[object]]:
        waits = start_timeout(args)
        session.watch_fleet(fleet, args.api_key_env)
        return lambda: session.attach(url, args.api_key_env, model=args.alias, timeout_s=waits)

    return open_app(attach)


def _planned(session: LiveSession, plan: LaunchPlan, fleet: tuple[str, ...]) -> LaunchPlan:
    """What is started at once; the servers beside it are looked at from the beginning."""
    session.watch_fleet(fleet, plan.api_key_env)
    return plan
