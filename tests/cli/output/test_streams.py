"""A stdout that nobody reads, that is full, closed, or not UTF-8."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from rocmtui.cli.output.streams import _likeness
from rocmtui.errors import ExitCode

ROCMTUI = f"{sys.executable} -m rocmtui"
COMMANDS = ("--version", "--help", "load --help", "load --explain", "completion bash")


def shell(line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line; its stdout and stderr are what is left of the command's."""
    return subprocess.run(
        ["bash", "-c", line],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | environment,
    )


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_reader_that_is_gone_ends_the_command_without_a_word(command: str, unbuffered: str) -> None:
    line = f"{{ sleep 0.2; {ROCMTUI} {command}; }} | true; exit ${{PIPESTATUS[0]}}"
    done = shell(line, PYTHONUNBUFFERED=unbuffered)
    assert (done.stdout, done.stderr) == ("", "")
    assert done.returncode in (0, ExitCode.READER_GONE)


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_told_in_one_line(unbuffered: str) -> None:
    done = shell(f"{ROCMTUI} load --explain > /dev/full", PYTHONUNBUFFERED=unbuffered)
    assert done.stderr == "rocmtui: cannot write the output: No space left on device\n"
    assert done.returncode == 2


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
@pytest.mark.parametrize(("command", "code"), [("--version", 0), ("load --explain", 0), ("nosuch", 2)])
def test_a_closed_stream_is_no_error(closed: str, command: str, code: int) -> None:
    done = shell(f"{ROCMTUI} {command} {closed}")
    assert "Traceback" not in done.stderr
    assert done.returncode == code


def test_what_the_terminal_cannot_show_is_replaced() -> None:
    done = shell(f"{ROCMTUI} load --explain", LC_ALL="C", PYTHONIOENCODING="ascii")
    assert done.stderr == ""
    assert done.returncode == 0
    assert "    (last token - first token) / (output_tokens - 1)" in done.stdout


def test_glyphs_have_their_likeness_where_only_ascii_can_be_shown() -> None:
    shown = "█░→±漢"
    assert _likeness(UnicodeEncodeError("ascii", shown, 0, len(shown), "")) == ("#.->+-?", len(shown))
