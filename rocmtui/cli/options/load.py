"""Options that describe a load."""

from __future__ import annotations

import argparse
from typing import get_args

from rocmtui.cli.options.conversations import (
    add_conversation_options,
)
from rocmtui.cli.options.depth import add_depth_option
from rocmtui.cli.options.engine import add_engine_options
from rocmtui.cli.options.traces import add_replay_options
from rocmtui.core.load.scenario import Endpoint

DEFAULT_DURATION_S = 30.0
DEFAULT_PROMPT_TOKENS = 256


def add_load_options(parser: argparse.ArgumentParser) -> None:
    """Shape, length, prompts, requests and limits of a load."""
    _add_shape(parser.add_argument_group("load"))
    parser.set_defaults(also=None, balance=None)  # a fleet is named beside the server
    add_engine_options(parser)
    _add_prompt(parser.add_argument_group("prompts"))
    add_conversation_options(parser.add_argument_group("conversations"))
    add_replay_options(parser.add_argument_group("traces"))
    parser.set_defaults(talks=False, trace_rate=None)  # known once data set and trace were read
    _add_request(parser.add_argument_group("requests"))
    _add_limits(parser.add_argument_group("limits"))


def _add_shape(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    workers = "workers with a request open each (default: the slots)"
    add("--concurrency", type=int, metavar="N", help=workers)
    add("--rate", metavar="R", help="requests a second at planned times: 2, 0.5 or 30/min")
    add("--arrivals", choices=("constant", "poisson"), help="of --rate (default: constant)")
    add("--max-in-flight", type=int, metavar="N", help="with --rate: drop arrivals over this")
    add("--max-rate", type=float, metavar="R", help="never more requests a second than this")
    add("--requests", type=int, metavar="N", help="end after N measured requests")
    add(
        "--duration",
        metavar="S",
        help=f"send for S seconds, or 5m, 1h (default: {DEFAULT_DURATION_S:g} where --requests is not given)",
    )
    add("--warmup", type=int, default=0, metavar="N", help="requests first that do not count")
    add(
        "--drain",
        type=float,
        default=120.0,
        metavar="S",
        help="cut off what is still open S seconds after --duration (default: 120)",
    )
    add("--ramp", metavar="S", help="start workers, or raise the rate, over S seconds")


def _add_prompt(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    source = group.add_mutually_exclusive_group()
    source.add_argument("--prompt", metavar="TEXT", help="send this")
    source.add_argument("--prompt-file", metavar="FILE", help="send what this file holds")
    source.add_argument(
        "--dataset",
        metavar="FILE",
        help='{"prompt": ...}, {"messages": [...]} or {"conversations": [...]} on each line, or in an array; '
        "lines of one session_id, or that begin with the line before, are a conversation",
    )
    source.add_argument(
        "--prompt-tokens",
        type=int,
        metavar="N",
        help=f"words of exactly N tokens, template included (default: {DEFAULT_PROMPT_TOKENS})",
    )
    add("--timed", action="store_true", help="send what the data set holds at its `timestamp`s (ms)")
    add("--lenient", action="store_true", help="leave out of the data set what is not understood, and say so")
    add("--shared-prefix", type=int, default=0, metavar="N", help="N first tokens are the same")
    add_depth_option(group)
    add(
        "--nonce",
        nargs="?",
        const=True,
        default=True,
        metavar="TEXT",
        help="begin each prompt differently, in each run anew, so that no cache can answer (default); the "
        "TEXT of an earlier run's scenario.json repeats its prompts",
    )
    add("--no-nonce", dest="nonce", action="store_false", help="prompts as they are")
    add("--secret-prompts", action="store_true", help="keep prompts out of the run's files")


def _add_request(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--endpoint", choices=get_args(Endpoint), default="chat", help="default: chat")
    add("--batch", type=int, default=1, metavar="N", help="embeddings, rerank: inputs a request (default: 1)")
    add("--max-tokens", type=int, default=128, metavar="N", help="tokens out (default: 128)")
    add(
        "--ignore-eos",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="always generate all --max-tokens; llama-server only (default: yes)",
    )
    add(
        "--cache-prompt",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="let the server reuse what it knows of a prompt; llama-server only (default: in conversations)",
    )
    add("--seed", type=int, default=1, metavar="N", help="of prompts and arrivals (default: 1)")
    add("--temperature", type=float, metavar="T", help="default: 0.8, in conversations 0")
    add("--timeout", type=float, default=120.0, metavar="S", help="longest silence (default: 120)")
    add(
        "--request-timeout",
        type=float,
        default=1800.0,
        metavar="S",
        help="longest time of one request as a whole (default: 1800)",
    )


def _add_limits(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--slo",
        action="append",
        default=[],
        metavar="EXPR",
        help="'ttft_p95<500ms', 'stall_max<1s', 'output_tps>=200', 'error_rate<1%%'; missed: exit 3; "
        "may be repeated",
    )
    add(
        "--no-verify",
        dest="verify",
        action="store_false",
        help="load without a look at what the server answers (ten certain texts, told when it is nonsense)",
    )
    add(
        "--verify-under-load",
        action="store_true",
        help="ask the certain texts among the requests too, one at a time, counted apart",
    )
    add(
        "--max-error-rate", type=float, metavar="F", help="stop when more than this share fails, such as 0.01"
    )
