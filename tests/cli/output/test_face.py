"""What a terminal is shown, and what a pipe."""

from __future__ import annotations

import io

import pytest

from rocmtui.cli.output.face import Face
from rocmtui.core.text.tables import Toned

LONG = "warning: " + "word " * 30


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def sixty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)


def test_a_terminal_has_a_width_and_colours() -> None:
    face = Face(Terminal())
    assert (face.width, face.colour) == (60, True)
    assert face.cell(Toned("missed", "bad")) == "\x1b[1;31mmissed\x1b[0m"
    told = face.prose(LONG)
    assert told.startswith("\x1b[33mwarning: ")
    assert max(map(len, told.split("\n"))) <= 60 + len("\x1b[33m")
    assert told.split("\n")[1].startswith("  word")


@pytest.mark.parametrize(("variable", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_a_terminal_may_want_no_colours(variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, value)
    face = Face(Terminal())
    assert (face.width, face.colour) == (60, False)
    assert "\x1b" not in face.prose(LONG) + face.cell(Toned("missed", "bad"))


@pytest.mark.parametrize("stream", [io.StringIO(), None])
def test_a_pipe_gets_whole_lines(stream: io.StringIO | None) -> None:
    face = Face(stream)
    assert (face.width, face.colour) == (None, False)
    assert face.prose(LONG) == LONG


def test_what_an_app_leaves_is_wrapped_between_words_and_the_path_at_its_end_stays_whole() -> None:
    kept = f"kept in /{'x' * 90}"
    told = Face(Terminal()).words(["word " * 30 + "end", "short", kept]).split("\n")
    assert max(map(len, told[:-3])) <= 60
    assert told[-3:] == ["short", kept, ""]
