"""What docs/ and the workflow say of commands, Pythons and files is so."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from rocmtui.cli.main import COMMANDS
from rocmtui.cli.parser import parse

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
ACTION = ROOT / "docs" / "examples" / "bench-regression.yml"
LOCAL = re.compile(r"`((?:docs|tests|rocmtui|\.github|\.ci)/[\w./-]+)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_of_a_page_parse_and_its_files_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        for line in block.replace("\\\n", " ").splitlines():
            check(line.partition(" #")[0].removeprefix(".venv/bin/"))
    assert [path for path in LOCAL.findall(text) if not (ROOT / path).exists()] == []


def check(line: str) -> None:
    words = shlex.split(line)
    if words[:1] == ["rocmtui"]:
        name, rest = (words[1], words[2:]) if words[1:2] and words[1] in COMMANDS else ("app", words[1:])
        parse(name, rest)


def test_the_workflow_runs_the_checks_on_every_python_that_is_claimed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    claimed = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    workflow = (ROOT / ".github" / "workflows" / "checks.yml").read_text()
    assert re.findall(r'"(3\.\d+)"', workflow) == claimed
    assert "- run: .ci/run" in workflow
    assert project["requires-python"] == f">={claimed[0]}"


def test_the_example_of_an_action_is_a_bench_that_fails_on_a_regression() -> None:
    folded = re.search(r"run: >\n((?: {10}.*\n)+)", ACTION.read_text())
    assert folded is not None
    words = shlex.split(folded[1])
    args = parse(words[1], words[2:])
    assert args.fail_on_regression == pytest.approx(0.05)
    assert [server.partition("=")[0] for server in args.server] == ["old", "new"]
