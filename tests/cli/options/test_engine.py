"""Where the load comes from: what the options make, and what is no host and no scheduler."""

from __future__ import annotations

import argparse
import os

import pytest

from rocmtui.cli.options.engine import add_engine_options, engine_from, processes_from
from rocmtui.cli.options.scenario import scenario_from
from rocmtui.cli.parser import parse
from rocmtui.core.load.far.engine import DaskEngine, Engine, SshEngine
from rocmtui.errors import UsageError


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_engine_options(parser)
    return parser.parse_args(words)


@pytest.mark.parametrize(
    ("words", "engine", "processes"),
    [
        ((), None, 1),
        (("--processes", "2"), None, 2),
        (("--hosts", "a,me@b"), SshEngine(hosts=("a", "me@b")), 2),
        (("--hosts", "a", "--processes", "8"), SshEngine(hosts=("a",)), 8),
        (
            (
                "--hosts",
                "ssh://me@b:2222",
                "--ssh",
                "ssh -F x",
                "--remote-python",
                "uvx --from rocmtui python",
            ),
            SshEngine(hosts=("ssh://me@b:2222",), ssh="ssh -F x", python="uvx --from rocmtui python"),
            1,
        ),
        (("--dask", "tcp://s:8786", "--processes", "8"), DaskEngine(scheduler="tcp://s:8786"), 8),
        (("--dask", "local"), DaskEngine(scheduler="local"), 2),
    ],
)
def test_engines(words: tuple[str, ...], engine: Engine | None, processes: int) -> None:
    args = parsed(*words)
    assert engine_from(args) == engine
    assert processes_from(args, engine) == processes


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--hosts", "a,,b"), "'' is no host"),
        (("--hosts=-oProxyCommand=x",), "'-oProxyCommand=x' is no host"),
        (("--hosts", "a b"), "'a b' is no host"),
        (("--hosts", "a", "--ssh", "'"), "No closing quotation"),
        (("--ssh", "ssh"), "--ssh belongs to --hosts"),
        (("--dask", "8786"), "'8786' is no address"),
        (("--processes", "0"), "--processes 0 is too small"),
        (("--processes", str(4 * (os.cpu_count() or 1) + 1)), "is too much for"),
    ],
)
def test_what_is_none(words: tuple[str, ...], said: str) -> None:
    args = parsed(*words)
    with pytest.raises(UsageError) as told:
        processes_from(args, engine_from(args))
    assert said in told.value.message


def test_several_urls_are_one_fleet() -> None:
    words = ("--url", "http://a", "--url", "http://b", "--also", "http://c", "--balance", "least-in-flight")
    made = scenario_from(parse("load", words))
    assert (made.fleet, made.balance) == (("http://b", "http://c"), "least-in-flight")
    assert scenario_from(parse("load", ("-m", "x.gguf", "--also", "http://c"))).fleet == ("http://c",)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--url", "http://a", "--url", "http://a"), "a server is named twice"),
        (("--url", "http://a", "--balance", "round-robin"), "--balance is for several servers"),
        (("--url", "http://a", "--also", "ftp://b"), "--url 'ftp://b'"),
    ],
)
def test_what_is_no_fleet(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError) as told:
        scenario_from(parse("load", words))
    assert said in told.value.message
