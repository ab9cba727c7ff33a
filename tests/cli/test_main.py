"""The front of the command line."""

import subprocess
import sys

import pytest

from rocmtui.cli.main import COMMANDS, fail, main
from rocmtui.errors import ExitCode, ServerStartError


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == ExitCode.DONE
    shown = capsys.readouterr().out
    assert [name for name in COMMANDS if f"  {name} " not in shown] == []


def test_an_unknown_command_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replya"]) == ExitCode.USAGE
    assert capsys.readouterr().err == "rocmtui: no command 'replya'; did you mean replay?\n"


def test_words_after_the_dashes_are_refused_where_no_server_starts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["replay", "--demo", "--", "-ngl", "9"]) == ExitCode.USAGE
    assert "starts no server" in capsys.readouterr().err


def test_a_token_for_llama_server_is_refused_before_anything_is_written(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["sweep", "-m", "demo", "--", "-hft", "secret"]) == ExitCode.USAGE
    assert "secret" not in (told := capsys.readouterr().err)
    assert "HF_TOKEN" in told


def test_names_in_an_error_are_no_orders_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "evil\x1b[31m", "b\x1b]0;title\x07"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("rocmtui: evil does not exist")
    assert told.rstrip("\n").isprintable()


def test_a_failed_start_is_told_with_the_log_lines_that_show_why(capsys: pytest.CaptureFixture[str]) -> None:
    error = ServerStartError("it ended (exit 1)", "see below", ("load: \x1b[31mbad magic", "exiting"))
    assert fail(error) == ExitCode.SERVER
    assert capsys.readouterr().err == (
        "rocmtui: it ended (exit 1) (see below)\n  > load: bad magic\n  > exiting\n"
    )


SLOW = {"textual", "rich", "httpx", "asyncio", "http", "shutil", "hashlib", "difflib", "inspect"}


@pytest.mark.parametrize(("name", "most"), [("load", 60), ("runs", 25), ("replay", 25), ("compare", 30)])
def test_until_its_work_begins_a_command_loads_little(name: str, most: int) -> None:
    """`most` modules of our own, and nothing that takes long."""
    parser = f"from rocmtui.cli.parser import build_parser; build_parser({name!r})"
    code = f"import sys; {parser}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & SLOW
    assert len([module for module in loaded if module.startswith("rocmtui.")]) <= most
