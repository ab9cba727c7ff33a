"""The scenario that the options of a load make."""

from __future__ import annotations

import argparse
from typing import Any

from rocmtui.cli.options.conversations import (
    conversation_plan,
    turn_lengths,
    workers_of,
)
from rocmtui.cli.options.depth import at_depth
from rocmtui.cli.options.engine import engine_from, processes_from
from rocmtui.cli.options.fleet import fleet_from
from rocmtui.cli.options.load import DEFAULT_DURATION_S, DEFAULT_PROMPT_TOKENS
from rocmtui.cli.options.numbers import (
    LONGEST_S,
    LOWEST_RATE,
    SHORTEST_S,
    check_range,
    option_of,
    refuse_given,
    seconds_of,
)
from rocmtui.cli.options.traces import timed_shape, trace_plan, trace_shape
from rocmtui.core.load.draft.amounts import MAX_CONCURRENCY, MAX_RATE, parse_rate
from rocmtui.core.load.scenario import WHOLE, ClosedLoop, LoadShape, OpenLoop, PromptPlan, Scenario
from rocmtui.core.load.slo import parse_slo
from rocmtui.core.load.workload import ConversationPlan
from rocmtui.errors import UsageError

DEFAULT_CONCURRENCY = 4
_AS_GIVEN = (
    *("endpoint", "batch", "requests", "max_rate", "ignore_eos", "seed", "max_error_rate"),
    *("verify_under_load", "api_key_env"),
)
"""Options that are fields of the scenario."""


def scenario_from(args: argparse.Namespace, slots: int | None = None) -> Scenario:
    """The scenario of the options; `slots` of the server, where known, is the default concurrency.

    Raises UsageError for what no load can be.
    """
    talks, engine, trace = conversation_plan(args), engine_from(args), trace_plan(args)
    shape = _shape(args, slots if talks is None else workers_of(args, talks, slots))
    _check_counts(args)
    fleet, balance = fleet_from(args)
    for expression in args.slo:
        parse_slo(expression)
    duration = seconds_of("--duration", args.duration)
    if duration is None and args.requests is None and talks is None and trace is None:
        duration = DEFAULT_DURATION_S
    scenario = Scenario(
        shape=shape,
        prompt=_prompt(args),
        duration_s=duration,
        warmup_requests=args.warmup,
        ramp_s=seconds_of("--ramp", args.ramp) or 0.0,
        max_tokens=turn_lengths(args)[1] or args.max_tokens,
        cache_prompt=bool(talks or trace) if args.cache_prompt is None else args.cache_prompt,
        temperature=_temperature(args, talks),
        timeout_s=args.timeout,
        request_timeout_s=args.request_timeout,
        drain_s=args.drain,
        slo=tuple(args.slo),
        processes=processes_from(args, engine),
        engine=engine,
        fleet=fleet,
        balance=balance,
        verify=args.verify and args.endpoint not in WHOLE,
        conversations=talks,
        trace=trace,
        **{name: getattr(args, name) for name in _AS_GIVEN},
    )
    return at_depth(args, scenario)


def _temperature(args: argparse.Namespace, talks: ConversationPlan | None) -> float:
    """What was said at one temperature 0 is said at the next: so the prefixes of both sides are the same."""
    if args.temperature is not None:
        return float(args.temperature)
    return 0.8 if talks is None else 0.0


def _shape(args: argparse.Namespace, slots: int | None) -> LoadShape:
    if args.trace is not None:
        refuse_given(args, ("arrivals",), "--rate", "a trace has its own")
        check_range("--concurrency", args.concurrency, 1, MAX_CONCURRENCY)
        return trace_shape(args, slots)
    if args.timed and args.trace_rate is not None:
        return timed_shape(args)
    if args.rate is None:
        refuse_given(args, ("arrivals", "max_in_flight"), "--rate", "give --rate, or leave it out")
        workers = slots or DEFAULT_CONCURRENCY if args.concurrency is None else args.concurrency
        check_range("--concurrency", workers, 1, MAX_CONCURRENCY)
        return ClosedLoop(concurrency=workers)
    if args.conversations is not None or args.talks:
        raise UsageError("--rate sends requests, not conversations", "use --concurrency, or leave it out")
    if args.concurrency is not None:
        raise UsageError(
            "--rate and --concurrency exclude each other",
            "planned times, or workers that wait; cap the requests open at once with --max-in-flight",
        )
    try:
        rate = parse_rate(args.rate)
    except UsageError as error:
        raise UsageError(f"--rate {args.rate!r} is no rate", f"give {error.message}") from error
    check_range("--rate", rate, LOWEST_RATE, MAX_RATE)
    return OpenLoop(rate=rate, arrivals=args.arrivals or "constant", max_in_flight=args.max_in_flight)


def _check_counts(args: argparse.Namespace) -> None:
    least = {
        "requests": 1,
        "warmup": 0,
        "max_in_flight": 1,
        "max_tokens": 1,
        "batch": 1,
        "prompt_tokens": 1,
        "shared_prefix": 0,
    }
    for name, minimum in least.items():
        value = getattr(args, name)
        if value is not None and value < minimum:
            raise UsageError(f"{option_of(name)} {value} is too small", f"at least {minimum}")
    if args.batch > 1 and args.endpoint not in WHOLE:
        raise UsageError("--batch belongs to embeddings and rerank", "give --endpoint embeddings")
    for name, low, high in (
        ("max_rate", LOWEST_RATE, MAX_RATE),
        ("timeout", SHORTEST_S, LONGEST_S),
        ("request_timeout", SHORTEST_S, LONGEST_S),
        ("drain", 0.0, LONGEST_S),
        ("temperature", 0.0, 100.0),
        ("max_error_rate", 0.0, 1.0),
    ):
        check_range(option_of(name), getattr(args, name), low, high)


def _prompt(args: argparse.Namespace) -> PromptPlan:
    sources: dict[str, Any] = {
        "text": args.prompt,
        "file": args.prompt_file,
        "dataset": args.dataset,
        "tokens": args.prompt_tokens,
    }
    if args.prompt is not None and not args.prompt.strip():
        raise UsageError("--prompt is empty", "give a text, or --prompt-tokens N")
    if args.dataset is None:
        refuse_given(args, ("lenient", "timed"), "--dataset", "leave it out")
    if args.conversations is None and args.trace is None and all(value is None for value in sources.values()):
        sources["tokens"] = DEFAULT_PROMPT_TOKENS
    tokens = sources["tokens"]
    if tokens is None and args.shared_prefix:
        raise UsageError("--shared-prefix belongs to --prompt-tokens", "leave it out")
    if tokens is not None and args.shared_prefix >= tokens:
        raise UsageError(
            f"--shared-prefix {args.shared_prefix} leaves nothing of prompts of {tokens} tokens",
            "lower it or raise --prompt-tokens",
        )
    return PromptPlan(
        **sources,
        shared_prefix_tokens=args.shared_prefix,
        nonce=bool(args.nonce),
        nonce_text=args.nonce if isinstance(args.nonce, str) else None,
        secret=args.secret_prompts,
        lenient=args.lenient,
        timed=args.timed,
        time_scale=(args.time_scale or 1.0) if args.timed else 1.0,
    )
