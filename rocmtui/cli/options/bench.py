"""The options of `rocmtui bench`, and the plan they make, over that of a file where one is given."""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec

from rocmtui.cli.options.engine import add_engine_options, engine_from, processes_from
from rocmtui.cli.options.numbers import LONGEST_S, check_range, percentage
from rocmtui.cli.options.server import DEMO, add_server_flags, server_flags
from rocmtui.core.bench.plan.cells import BenchPlan, checked
from rocmtui.core.bench.plan.draft_sweep import draft_variants
from rocmtui.core.bench.plan.file import parse_bench_file
from rocmtui.core.bench.plan.suite import DRAFTS, EVERY, OF_A_DEPTH, BenchKind, BenchTest, suite_test
from rocmtui.core.bench.plan.variant import combined, parse_server, parse_variant
from rocmtui.core.server.command import DEFAULT_CTX
from rocmtui.core.server.state import LaunchPlan
from rocmtui.errors import UsageError

MOST_ROUNDS = 30
CTX_STEP = 256
"""llama.cpp rounds contexts up to so many tokens."""
KINDS = tuple(test.kind for test in EVERY)


def add_bench_options(parser: argparse.ArgumentParser) -> None:
    """What is run, on what, and how often. Everything defaults to None: not given."""
    parser.set_defaults(extra_args=())
    group = parser.add_argument_group("what to bench (each option given wins over --file)")
    add = group.add_argument
    add("--file", metavar="TOML", help="a bench described in a file, see `rocmtui bench --example`")
    add("-m", "--model", action="append", metavar="FILE", help="GGUF file, or demo; repeat it")
    add("-np", "--parallel", metavar="LIST", help="numbers of slots: 1,4 (default: 1)")
    add("--ctx-per-slot", metavar="LIST", help="contexts of one slot: 4096,16384")
    add("--server", action="append", metavar="LABEL=PATH", help="a llama-server, or embedded; repeat it")
    add("--variant", action="append", metavar="'LABEL: FLAGS'", help="flags for llama-server; repeat it")
    add("--tests", metavar="LIST", help=f"of {','.join(KINDS)} (default: the first four)")
    add("--prefill-tokens", metavar="LIST", help="prompt lengths of prefill (default: 512)")
    add("--ttft-tokens", metavar="LIST", help="prompt lengths of ttft (default: 32)")
    add("--depth", metavar="LIST", help="decode, prefill, concurrent after so many tokens: 0,4096,16384")
    add("--attack-tokens", metavar="LIST", help="prompt lengths of neighbour's disturber (default: 2048)")
    add("--draft-sweep", metavar="LIST", help="drafts so long at most, over code, prose, repetition: 0,2,4")
    add("--requests", type=int, metavar="N", help="measured requests of each test and stream")
    add("--rounds", metavar="N|auto", help="A B, B A, ... (default: 5; verdicts need 3); auto: until decided")
    add("--resolve", type=percentage, metavar="3%%", help="auto: or known to within this (default: 3%%)")
    add("--max-rounds", type=int, metavar="N", help=f"auto: at most so many (default: {MOST_ROUNDS})")
    add("--seed", type=int, metavar="N", help="of the prompts (default: 1)")
    add("--endpoint", choices=("completion", "chat"), help="default: completion")
    add(
        "--no-verify",
        dest="verify",
        action="store_const",
        const=False,
        help="do not compare what the variants answer",
    )
    add(
        "--against",
        metavar="WHAT",
        help="compare answers with cpu or a saved reference, not the first variant",
    )
    add("--settle", type=float, metavar="S", help="longest wait for rest before a test (60)")
    add("--title", metavar="TEXT", help="title of report.md")
    add_engine_options(parser)
    add_server_flags(parser.add_argument_group("server, for all (what follows -- goes to llama-server)"))


def bench_plan_from(args: argparse.Namespace) -> BenchPlan:
    """The plan of the options. Raises UsageError for what cannot be run."""
    check_range("--settle", args.settle, 0, LONGEST_S)
    plan = _file_plan(args.file) if args.file else BenchPlan(models=())
    servers = tuple(map(parse_server, args.server or ()))
    variants = tuple(map(parse_variant, args.variant or ()))
    changes: dict[str, object] = {
        "models": tuple(_model(word) for word in args.model) if args.model else None,
        "parallel": _numbers("--parallel", args.parallel),
        "contexts": _numbers("--ctx-per-slot", args.ctx_per_slot),
        "variants": combined(servers, variants) if servers or variants else None,
        "tests": _tests(args, plan.tests),
        **_rounds(args),
        "seed": args.seed,
        "endpoint": args.endpoint,
        "settle_s": args.settle,
        "verify": args.verify,
        "against": args.against,
        "title": args.title,
        "launch": _launch(args, plan),
        "engine": engine_from(args),
        "processes": processes_from(args, engine_from(args)),
    }
    if args.draft_sweep is not None:
        changes |= _draft_sweep(args, plan, changes)
    given = {name: value for name, value in changes.items() if value is not None}
    return checked(_roomy(msgspec.structs.replace(plan, **given), args.depth))


def _draft_sweep(args: argparse.Namespace, plan: BenchPlan, changes: dict[str, object]) -> dict[str, object]:
    """Its variants and tests; the flags of the draft move from what all share into the variants."""
    if args.variant:
        raise UsageError("--draft-sweep makes the variants", "leave --variant out")
    launch = _launch(args, plan)
    lengths = number_list("--draft-sweep", args.draft_sweep, least=0)
    variants, shared = draft_variants(lengths, launch.extra_args)
    tests = changes["tests"]
    if args.tests is None:
        tests = tuple(
            test if args.requests is None else msgspec.structs.replace(test, requests=args.requests)
            for test in DRAFTS
        )
    servers = tuple(map(parse_server, args.server or ()))
    return {
        "variants": combined(servers, variants),
        "tests": tests,
        "launch": msgspec.structs.replace(launch, extra_args=shared),
    }


def _roomy(plan: BenchPlan, depth: str | None) -> BenchPlan:
    """With contexts that hold the depths asked for, where no context was named."""
    needed = max(test.tokens for test in plan.tests)
    if depth is None or plan.contexts != (None,) or needed <= DEFAULT_CTX:
        return plan
    return msgspec.structs.replace(plan, contexts=(-(-needed // CTX_STEP) * CTX_STEP,))


def _rounds(args: argparse.Namespace) -> dict[str, object]:
    auto = args.rounds == "auto"
    if not auto and (args.resolve is not None or args.max_rounds is not None):
        raise UsageError("--resolve and --max-rounds belong to --rounds auto", "give --rounds auto too")
    if auto:
        return {"auto": True, "rounds": args.max_rounds or MOST_ROUNDS, "resolve": args.resolve}
    if args.rounds is None:
        return {}
    try:
        return {"rounds": int(args.rounds), "auto": False}
    except ValueError:
        raise UsageError(f"--rounds {args.rounds!r} is no number", "give a number, or auto") from None


def number_list(option: str, text: str, least: int = 1) -> tuple[int, ...]:
    """`1,4` as numbers of `least` or more. Raises UsageError."""
    try:
        numbers = tuple(int(word) for word in text.split(","))
    except ValueError:
        raise UsageError(f"{option} {text!r} is no list of numbers", "write it as 1,4") from None
    if min(numbers) < least:
        raise UsageError(f"{option} {text!r}: numbers must be {least} or more", "write it as 1,4")
    return numbers


def _launch(args: argparse.Namespace, plan: BenchPlan) -> LaunchPlan:
    extra = (*plan.launch.extra_args, *args.extra_args)
    return msgspec.structs.replace(plan.launch, **server_flags(args), extra_args=extra)


def _file_plan(name: str) -> BenchPlan:
    path = Path(name)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"cannot read {name}: {reason}", "see `rocmtui bench --example`") from error
    plan = parse_bench_file(text, name=path.name)
    models = tuple(
        word if word == DEMO else str(path.parent / Path(word).expanduser()) for word in plan.models
    )
    return msgspec.structs.replace(plan, models=models)


def _model(word: str) -> str:
    return word if word == DEMO else str(Path(word).expanduser())


def _numbers(option: str, text: str | None) -> tuple[int, ...] | None:
    return None if text is None else number_list(option, text)


def _usual(kind: BenchKind) -> list[BenchTest]:
    return list(DRAFTS) if kind == "draft" else [suite_test(kind)]


def _tests(args: argparse.Namespace, usual: tuple[BenchTest, ...]) -> tuple[BenchTest, ...] | None:
    """The tests of the options; None when nothing of them was given."""
    axes = {
        "prefill": ("prompt_tokens", _numbers("--prefill-tokens", args.prefill_tokens)),
        "ttft": ("prompt_tokens", _numbers("--ttft-tokens", args.ttft_tokens)),
        "neighbour": ("attack_tokens", _numbers("--attack-tokens", args.attack_tokens)),
    }
    depths = None if args.depth is None else number_list("--depth", args.depth, least=0)
    lengths = any(numbers for _, numbers in axes.values())
    if args.tests is None and args.requests is None and depths is None and not lengths:
        return None
    kinds = dict.fromkeys(test.kind for test in usual) if args.tests is None else args.tests.split(",")
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise UsageError(f"--tests: no test {unknown[0]!r}", f"there are {', '.join(KINDS)}")
    tests: list[BenchTest] = []
    for kind in kinds:
        own = [test for test in usual if test.kind == kind] or _usual(kind)
        field, wanted = axes.get(kind, ("", None))
        own = [msgspec.structs.replace(own[0], **{field: n}) for n in wanted] if wanted else own
        if depths and kind in OF_A_DEPTH:
            own = [msgspec.structs.replace(test, depth=depth) for test in own for depth in depths]
        tests += own
    if depths and not any(test.depth for test in tests) and max(depths):
        raise UsageError("--depth changes no test", f"these have a depth: {', '.join(OF_A_DEPTH)}")
    if args.requests is not None:
        tests = [msgspec.structs.replace(test, requests=args.requests) for test in tests]
    return tuple(tests)
