"""Every sub-command explains itself: what it does, its options, and examples that parse."""

from __future__ import annotations

import argparse
import re
import shlex

import pytest

from rocmtui.cli.main import COMMANDS, build_parser, load_command, main, parse

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
    assert max(map(len, shown.splitlines())) <= 110


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
    lines = [line.strip() for line in load_command(name).EXAMPLES.splitlines()]
    examples = [line for line in lines if re.match(rf"rocmtui( |$)(?:{name}\b)?", line)]
    assert examples or name == "completion"
    for line in examples:
        words = shlex.split(PLACEHOLDERS.sub("", line).split(" | ")[0].split(" >")[0])[1:]
        own = words[1:] if words[:1] == [name] else words
        if not words or words[0] in (name,) or words[0].startswith("-"):
            parse(name, own)
