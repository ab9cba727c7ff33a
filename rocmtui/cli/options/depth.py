"""The option that gives a load a context to begin at."""

from __future__ import annotations

import argparse

from rocmtui.core.load.scenario import ClosedLoop, Scenario
from rocmtui.errors import UsageError


def add_depth_option(group: argparse._ArgumentGroup) -> None:
    """`--depth`."""
    group.add_argument(
        "--depth",
        type=int,
        metavar="N",
        help="N tokens stand in each slot before the prompt: a warm-up request of each worker fills them, "
        "the server's cache keeps them; llama-server only",
    )


def at_depth(args: argparse.Namespace, scenario: Scenario) -> Scenario:
    """The scenario at the depth asked for. Raises UsageError where there is none."""
    if args.depth is None:
        return scenario
    plan, shape = scenario.prompt, scenario.shape
    if args.depth < 1:
        raise UsageError(f"--depth {args.depth} is too small", "at least 1")
    if plan.tokens is None or plan.shared_prefix_tokens or not plan.nonce:
        raise UsageError(
            "--depth belongs to prompts of words",
            "use --prompt-tokens, without --shared-prefix and --no-nonce",
        )
    if not isinstance(shape, ClosedLoop):
        raise UsageError("--depth belongs to --concurrency", "each worker fills the slot it works in")
    if args.cache_prompt is False:
        raise UsageError("--depth needs the server's cache", "leave --no-cache-prompt out")
    from rocmtui.core.load.draft.check import filled_to

    return filled_to(scenario, args.depth)
