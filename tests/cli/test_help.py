"""Every sub-command explains itself: what it does, its options, and examples that parse."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import pytest

from rocmtui.adapters.machine.files import data_folder
from rocmtui.cli.main import COMMANDS, main
from rocmtui.cli.parser import build_parser, load_command, parse
from rocmtui.core.bench.plan.file import parse_bench_file
from rocmtui.errors import ExitCode

PLACEHOLDERS = re.compile(r"\s{2,}.*$")
"""What an example says about itself stands after two blanks."""


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_description_options_and_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    shown = capsys.readouterr().out
    command = load_command(name)
    assert command.DESCRIPTION[:40] in " ".join(shown.split())
    assert command.DESCRIPTION[0].isupper()
    assert command.DESCRIPTION.endswith(".")
    assert f"examples:\n{command.EXAMPLES}" in shown
    assert shown.startswith(f"usage: {command.USAGE}\n")
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_explained(name: str) -> None:
    unexplained = [
        action.dest
        for action in build_parser(name)._actions
        if not action.help and action.help != argparse.SUPPRESS
    ]
    assert unexplained == []


@pytest.mark.parametrize("name", COMMANDS)
def test_the_examples_are_commands_that_parse(name: str) -> None:
    lines = [line.strip() for line in load_command(name).EXAMPLES.replace("\\\n", " ").splitlines()]
    examples = [line for line in lines if re.match(rf"rocmtui( |$)(?:{name}\b)?", line)]
    assert examples or name == "completion"
    for line in examples:
        words = shlex.split(PLACEHOLDERS.sub("", line).split(" | ")[0].split(" >")[0])[1:]
        own = words[1:] if words[:1] == [name] else words
        if not words or words[0] in (name,) or words[0].startswith("-"):
            parse(name, own)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_default_is_told(name: str) -> None:
    untold = [
        action.dest
        for action in build_parser(name)._actions
        if action.default not in (None, False, True, "", argparse.SUPPRESS) and action.default != []
        if "default" not in (action.help or "")
    ]
    assert untold == []


def test_help_explains_what_no_command_has_room_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", "config"]) == 0
    shown = capsys.readouterr().out
    assert "XDG_DATA_HOME" in shown
    assert str(data_folder("runs")).replace(str(Path.home()), "~", 1) in shown
    assert main(["help", "exit-codes"]) == 0
    shown += (codes := capsys.readouterr().out)
    assert [int(line.split()[0]) for line in codes.splitlines()] == sorted(ExitCode)
    assert main(["help", "metrics"]) == 0
    assert "ttft: time to first token (ms, lower is better)" in capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    assert main(["help", "load"]) == 0
    assert capsys.readouterr().out.startswith("usage: rocmtui load (-m MODEL | --url URL) [OPTIONS]")
    assert main(["help", "confg"]) == 2
    assert "did you mean config?" in capsys.readouterr().err


def test_the_example_of_a_bench_is_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--example"]) == 0
    assert parse_bench_file(capsys.readouterr().out, name="bench.toml").models


def test_an_option_nearly_right_is_answered_with_the_right_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["load", "--concurency", "4"]) == 2
    assert capsys.readouterr().err.endswith(
        "unrecognized arguments: --concurency 4 (did you mean --concurrency?)\n"
    )
