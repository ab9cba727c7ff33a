"""Options that say which server to run."""

import argparse
from pathlib import Path

import pytest

from rocmtui.cli.commands.show import app
from rocmtui.cli.options.server import add_server_options, model_file, plan_from, refuse_unheeded
from rocmtui.cli.parser import parse
from rocmtui.core.server.state import LaunchPlan
from rocmtui.errors import UsageError

URL = ("--url", "http://127.0.0.1:8080")


def options(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_server_options(parser)
    return parser.parse_args(words)


def test_the_context_is_shared_by_the_slots() -> None:
    plan = plan_from(options("-m", "/dev/null", "-np", "4", "-c", "8192"))
    assert plan is not None
    assert (plan.parallel, plan.ctx_per_slot) == (4, 2048)


def test_without_a_model_there_is_no_plan() -> None:
    assert plan_from(options("--url", "http://127.0.0.1:8080")) is None


def test_what_is_not_given_is_as_usual() -> None:
    plan = plan_from(options("-m", "/dev/null"))
    assert plan == LaunchPlan(model="/dev/null")


@pytest.mark.parametrize(
    ("words", "message", "remedy"),
    [
        (("--server-bin", "x"), "--server-bin: of which server?", "give -m MODEL"),
        (("--gpu", "auto"), "--gpu: of", "give -m MODEL"),
        (("-np", "4"), "--parallel: of", "give -m MODEL"),
        (("-ctk", "q8_0"), "--cache-type-k: of", "give -m MODEL"),
        (("--restart-on-crash",), "--restart-on-crash: of", "give -m MODEL"),
        (("--api-key-env", "KEY"), "--api-key-env: of", "give -m MODEL"),
        (("--", "--metrics"), "what follows `--`: of", "give -m MODEL"),
        ((*URL, "-np", "8"), "keeps its slots and flags", "give -m to start a server"),
        ((*URL, "--restart-on-crash"), "keeps its slots and flags", "give -m to start a server"),
        ((*URL, "--", "--metrics"), "with --url no server is started", "leave out `--`"),
    ],
)
def test_the_app_drops_no_option_silently(words: tuple[str, ...], message: str, remedy: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        app.run(parse("app", words))
    assert remedy in str(caught.value.remedy)


@pytest.mark.parametrize("words", [(), ("--keep-server", "--theme", "rocm"), (*URL, "--api-key-env", "KEY")])
def test_the_app_needs_no_model(words: tuple[str, ...]) -> None:
    refuse_unheeded(parse("app", words), heeded=("keep_server",))


def test_demo_is_the_demo_model(demo_model: Path) -> None:
    assert Path(model_file("demo")).samefile(demo_model)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-m", "nosuch.gguf"), "no model 'nosuch.gguf'"),
        (("-m", "~nobody-here/x.gguf"), "no model '~nobody-here/x.gguf': Could not determine home"),
        (("-m", "x" * 300), "File name too long"),
        (("-m", "/dev/null", "--url", "http://x"), "exclude each other"),
        (("-m", "/dev/null", "-np", "0"), "at least one slot"),
        (("-m", "/dev/null", "-c", "3"), "less than a token each"),
        (("-m", "/dev/null", "--port", "80000"), "--port 80000 is no port"),
    ],
)
def test_what_cannot_be_started_is_said_in_one_line(words: tuple[str, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        plan_from(options(*words))


@pytest.mark.parametrize("command", ["sweep", "verify", "watch"])
def test_a_second_address_is_refused_where_one_server_is_asked(command: str) -> None:
    with pytest.raises(UsageError, match="one --url"):
        parse(command, [*URL, *URL])
