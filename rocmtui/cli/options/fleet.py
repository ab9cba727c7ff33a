"""Options of a load that goes to several servers at once."""

from __future__ import annotations

import argparse

from rocmtui.cli.options.server import OneUrl, server_url
from rocmtui.core.load.draft.amounts import MOST_SERVERS
from rocmtui.core.load.scenario import Balance
from rocmtui.errors import UsageError


class Urls(OneUrl):
    """The first `--url` is the server that is attached to, each further one shares its load."""

    def further(self, namespace: argparse.Namespace, url: str) -> None:
        """Take one more."""
        namespace.also = [*(namespace.also or ()), url]


def add_also_option(group: argparse._ArgumentGroup) -> None:
    """`--also`; `--url` may be repeated."""
    group.add_argument(
        "--also",
        action="append",
        metavar="URL",
        help="a further server under the same load, also beside -m; repeat it (or --url)",
    )


def add_fleet_options(group: argparse._ArgumentGroup) -> None:
    """`--also` and `--balance`; `--url` may be repeated."""
    add_also_option(group)
    group.add_argument(
        "--balance",
        choices=("round-robin", "least-in-flight"),
        help="of several servers (round-robin)",
    )


def fleet_from(args: argparse.Namespace) -> tuple[tuple[str, ...], Balance]:
    """The further servers, and who gets the next request. Raises UsageError."""
    fleet = further_servers(args)
    if args.balance is not None and not fleet:
        raise UsageError("--balance is for several servers", "name a second one with --url or --also")
    balance: Balance = args.balance or "round-robin"
    return fleet, balance


def further_servers(args: argparse.Namespace) -> tuple[str, ...]:
    """Those besides the first one. Raises UsageError."""
    fleet = tuple(server_url(text) for text in args.also or ())
    if len(fleet) >= MOST_SERVERS:
        raise UsageError(f"{len(fleet) + 1} servers are too many", f"at most {MOST_SERVERS}")
    first = () if args.url is None else (server_url(args.url),)
    if len({*first, *fleet}) != len(first) + len(fleet):
        raise UsageError("a server is named twice", "name each once")
    return fleet
