"""The options of `rocmtui sweep`, and the plan they make."""

from __future__ import annotations

import argparse

from rocmtui.cli.options.bench import number_list
from rocmtui.cli.options.engine import add_engine_options, engine_from, processes_from
from rocmtui.cli.options.numbers import LONGEST_S, LOWEST_RATE, SHORTEST_S, check_range, refuse_given
from rocmtui.cli.options.server import OneUrl, add_server_flags, refuse_both, server_flags, start_timeout
from rocmtui.core.load.draft.amounts import MAX_CONCURRENCY, MAX_RATE
from rocmtui.core.load.scenario import Arrivals, ClosedLoop, OpenLoop, PromptPlan, Scenario
from rocmtui.core.load.slo import parse_slo
from rocmtui.core.server.command import DEFAULT_CTX
from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.session.launch import MAX_SLOTS
from rocmtui.core.sweep.draft import FIRST, LIMITS
from rocmtui.core.sweep.plan import SweepAxis, SweepGoal
from rocmtui.core.sweep.report import SweepPlan
from rocmtui.errors import UsageError

AUTO = "auto"
_RANGES: dict[SweepAxis, tuple[float, float]] = {
    "concurrency": (1, MAX_CONCURRENCY),
    "parallel": (1, MAX_SLOTS),
    "rate": (LOWEST_RATE, MAX_RATE),
}
MOST_TOKENS = 10_000_000


def add_sweep_options(parser: argparse.ArgumentParser) -> None:
    """What is varied, the load of each level, and the server."""
    parser.set_defaults(extra_args=())
    group = parser.add_argument_group("what to vary (one of them; default: --concurrency auto)")
    add = group.add_argument
    add("--concurrency", metavar="auto|LIST", help="workers: 1,2,4,8, or found by doubling")
    add("--rate", metavar="auto|LIST", help="requests a second: 0.5,1,2, or found")
    add("-np", "--parallel", metavar="auto|LIST|N", help="slots, a server each; one number fixes them")
    add("--limit", type=float, metavar="N", help="auto goes no further (64; rate: 100)")
    group = parser.add_argument_group("load of each level")
    add = group.add_argument
    add("--seconds", type=float, default=20.0, metavar="S", help="measured (default: 20)")
    add("--prompt-tokens", type=int, default=256, metavar="N", help="default: 256")
    add("--max-tokens", type=int, default=128, metavar="N", help="tokens out (default: 128)")
    add("--slo", action="append", default=[], metavar="EXPR", help="'ttft_p95<500ms'; repeat it")
    add("--arrivals", choices=("constant", "poisson"), help="of --rate (poisson)")
    add("--endpoint", choices=("chat", "completion"), default="chat", help="default: chat")
    add("--seed", type=int, default=1, metavar="N", help="of prompts and arrivals (default: 1)")
    add_engine_options(parser)
    group = parser.add_argument_group("server (what follows -- goes to llama-server)")
    add = group.add_argument
    add("-m", "--model", metavar="FILE", help="GGUF file, a name of `rocmtui models`, or demo")
    add("--url", metavar="URL", action=OneUrl, help="a server that runs already, instead")
    add("-a", "--alias", metavar="NAME", help="name of the model in replies; with --url, which one is asked")
    add("--api-key-env", metavar="NAME", help="variable that holds the API key")
    add("--ctx-per-slot", type=int, metavar="N", help="context of one slot")
    add_server_flags(group)


def sweep_plan_from(args: argparse.Namespace, title: str = "") -> SweepPlan:
    """The plan of the options. Raises UsageError for what cannot be run."""
    _check_server(args)
    _check_load(args)
    goal = _goal(args)
    for expression in args.slo:
        parse_slo(expression)
    return SweepPlan(
        goal=goal,
        launch=None if args.model is None else _launch(args),
        url=args.url,
        model=None if args.url is None else args.alias,
        start_timeout_s=start_timeout(args),
        scenario=_scenario(args, goal),
        title=title,
    )


def _check_server(args: argparse.Namespace) -> None:
    if args.model is None and args.url is None:
        raise UsageError(
            "a sweep needs a model or a server", "give -m FILE.gguf, or --url of a running server"
        )
    refuse_both(args)
    flags = server_flags(args).keys() - {"start_timeout_s"}
    own_server = args.parallel or args.ctx_per_slot or args.extra_args or flags
    if args.url is not None and own_server:
        raise UsageError("a server that runs already keeps its slots and flags", "give -m to start one")


def _check_load(args: argparse.Namespace) -> None:
    if args.rate is None:
        refuse_given(args, ("arrivals",), "--rate", "give --rate, or leave it out")
    check_range("--seconds", args.seconds, SHORTEST_S, LONGEST_S)
    check_range("--prompt-tokens", args.prompt_tokens, 1, MOST_TOKENS)
    check_range("--max-tokens", args.max_tokens, 1, MOST_TOKENS)
    check_range("--ctx-per-slot", args.ctx_per_slot, 1, MOST_TOKENS)
    needed, ctx = args.prompt_tokens + args.max_tokens, args.ctx_per_slot or DEFAULT_CTX
    if needed > ctx and args.url is None:
        raise UsageError(
            f"a request needs {needed} tokens of context, a slot has {ctx}", f"--ctx-per-slot {needed}"
        )


def _goal(args: argparse.Namespace) -> SweepGoal:
    words = {"concurrency": args.concurrency, "rate": args.rate}
    if args.parallel is not None and not args.parallel.isdecimal():
        words["parallel"] = args.parallel
    given: list[SweepAxis] = [axis for axis in LIMITS if words.get(axis) is not None]
    if len(given) > 1:
        raise UsageError(f"--{given[0]} and --{given[1]} cannot both be varied", "vary one, fix the other")
    axis: SweepAxis = given[0] if given else "concurrency"
    word = AUTO if words.get(axis) is None else words[axis]
    if word == AUTO:
        return SweepGoal(axis=axis, first=FIRST[axis], limit=_limit(axis, args.limit))
    if args.limit is not None:
        raise UsageError("--limit is for a search", f"leave it out, or give --{axis} auto")
    return SweepGoal(axis=axis, loads=_loads(axis, word), limit=LIMITS[axis])


def _limit(axis: SweepAxis, given: float | None) -> float:
    if given is None:
        return LIMITS[axis]
    check_range("--limit", given, *_RANGES[axis])
    if axis != "rate" and not given.is_integer():
        raise UsageError(f"--limit {given:g} is no whole number", f"give {given:.0f}")
    return given


def _loads(axis: SweepAxis, word: str) -> tuple[float, ...]:
    loads: tuple[float, ...]
    if axis == "rate":
        try:
            loads = tuple(float(part) for part in word.split(","))
        except ValueError:
            raise UsageError(f"--rate {word!r} is no list of rates", "write it as 0.5,1,2, or auto") from None
    else:
        loads = number_list(f"--{axis}", word)
    for load in loads:
        check_range(f"--{axis}", load, *_RANGES[axis])
    return tuple(map(float, loads))


def _launch(args: argparse.Namespace) -> LaunchPlan:
    fixed = args.parallel is not None and args.parallel.isdecimal()
    slots = number_list("--parallel", args.parallel)[0] if fixed else 4
    check_range("--parallel", slots, *_RANGES["parallel"])
    return LaunchPlan(
        model=args.model,
        parallel=slots,
        ctx_per_slot=args.ctx_per_slot,
        alias=args.alias,
        extra_args=tuple(args.extra_args),
        api_key_env=args.api_key_env,
        **server_flags(args),
    )


def _scenario(args: argparse.Namespace, goal: SweepGoal) -> Scenario:
    arrivals: Arrivals = args.arrivals or "poisson"
    shape = OpenLoop(rate=1.0, arrivals=arrivals) if goal.axis == "rate" else ClosedLoop(concurrency=1)
    engine = engine_from(args)
    return Scenario(
        processes=processes_from(args, engine),
        engine=engine,
        shape=shape,
        prompt=PromptPlan(tokens=args.prompt_tokens),
        endpoint=args.endpoint,
        duration_s=args.seconds,
        max_tokens=args.max_tokens,
        seed=args.seed,
        slo=tuple(args.slo),
        api_key_env=args.api_key_env,
    )
