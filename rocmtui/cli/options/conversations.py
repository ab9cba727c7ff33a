"""Options of conversations, and the plan they make."""

from __future__ import annotations

import argparse

from rocmtui.cli.options.numbers import check_range, option_of, refuse_given, seconds_of
from rocmtui.core.load.draft.amounts import MAX_CONCURRENCY
from rocmtui.core.load.workload import ConversationPlan
from rocmtui.errors import UsageError

MOST_TURNS, MOST_TOKENS = 10_000, 10_000_000
MOST_CONVERSATIONS = 1_000_000
DEFAULT_TURN_TOKENS = 200


def add_conversation_options(group: argparse._ArgumentGroup) -> None:
    """What `load` takes besides a data set that holds conversations."""
    add = group.add_argument
    add(
        "--conversations",
        type=int,
        metavar="N",
        help="N conversations, all at a time or as many as --concurrency says; a turn is sent when the one "
        "before has ended, with all that was said. Cache on, temperature 0",
    )
    add("--turns", type=int, metavar="N", help="of each (default: 4)")
    add(
        "--turn-tokens",
        metavar="N[:M]",
        help=f"N tokens of words a turn, M of reply (default: {DEFAULT_TURN_TOKENS}, and --max-tokens)",
    )
    add("--system-tokens", type=int, metavar="N", help="a system message of so many (default: none)")
    add("--shared-system", action="store_true", help="all share the system message: the nonce follows it")
    add("--think", metavar="S", help="pause between a reply and the next turn: 2s, 1m (default: none)")
    add(
        "--replies",
        choices=("live", "recorded"),
        help="what a turn repeats of the model: what it said now (default), or what the data set says, the "
        "same in each run",
    )


def turn_lengths(args: argparse.Namespace) -> tuple[int, int | None]:
    """Tokens of a user's message and of a reply, the second None where not given. Raises UsageError."""
    if args.turn_tokens is None:
        return DEFAULT_TURN_TOKENS, None
    asked, _, said = args.turn_tokens.partition(":")
    try:
        lengths = int(asked), int(said) if said else None
    except ValueError:
        lengths = 0, None
    if not 1 <= lengths[0] <= MOST_TOKENS or not 1 <= (lengths[1] or 1) <= MOST_TOKENS:
        raise UsageError(
            f"--turn-tokens {args.turn_tokens!r} is no length", "write 200, or 200:150 for replies of 150"
        )
    return lengths


def conversation_plan(args: argparse.Namespace) -> ConversationPlan | None:
    """The plan of the options; None where the load has no conversations. Raises UsageError."""
    of_data = args.dataset is not None
    if args.conversations is None and not (of_data and args.talks):
        _refuse_orphans(args)
        return None
    if of_data:
        made_only = ("turns", "turn_tokens", "system_tokens")
        refuse_given(args, made_only, "made conversations", "leave it out, or --dataset")
    else:
        _refuse_other_sources(args)
    check_range("--conversations", args.conversations, 1, MOST_CONVERSATIONS)
    turns = 4 if args.turns is None else args.turns
    check_range("--turns", turns, 1, MOST_TURNS)
    check_range("--system-tokens", args.system_tokens, 1, MOST_TOKENS)
    if args.endpoint != "chat":
        raise UsageError(f"--endpoint {args.endpoint} has no conversations", "use --endpoint chat")
    return ConversationPlan(
        count=args.conversations,
        turns=turns,
        turn_tokens=turn_lengths(args)[0],
        system_tokens=args.system_tokens or 0,
        think_s=_think_s(args),
        replies=args.replies or "live",
        shared_system=args.shared_system,
    )


def workers_of(args: argparse.Namespace, plan: ConversationPlan, slots: int | None) -> int:
    """Conversations at a time: where --concurrency does not say, all, or one a slot of a data set's."""
    if args.concurrency is not None:
        return int(args.concurrency)
    return min(plan.count or slots or 4, MAX_CONCURRENCY)


def _think_s(args: argparse.Namespace) -> float:
    if args.think is None or args.think.strip() in ("0", "0s"):
        return 0.0
    return seconds_of("--think", args.think, 0.0) or 0.0


def _refuse_orphans(args: argparse.Namespace) -> None:
    """Options of conversations in a load without any."""
    options = ("turns", "turn_tokens", "system_tokens", "think", "replies")
    remedy = "add --conversations N, or a --dataset that holds conversations"
    refuse_given(args, options, "conversations", remedy)
    if args.shared_system:
        raise UsageError("--shared-system belongs to conversations", "for single prompts use --shared-prefix")


def _refuse_other_sources(args: argparse.Namespace) -> None:
    for name in ("prompt", "prompt_file", "prompt_tokens"):
        if getattr(args, name) is not None:
            raise UsageError(
                f"--conversations are made of words, {option_of(name)} is one prompt", "give one of them"
            )
    if args.replies == "recorded":
        raise UsageError("made conversations have no recorded replies", "give a --dataset that has")
