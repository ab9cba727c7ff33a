"""`rocmtui demo` with numbers that make no demo."""

from __future__ import annotations

import pytest

from rocmtui.cli.main import main
from rocmtui.errors import ExitCode


@pytest.mark.parametrize(
    "words",
    [
        ("--seconds", "nan"),
        ("--seconds", "inf"),
        ("--seconds", "1e300"),
        ("--seconds", "0"),
        ("--concurrency", "99999"),
        ("--parallel", "0"),
    ],
)
def test_a_number_out_of_range_is_told_in_one_line(
    words: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--headless", *words]) == ExitCode.USAGE
    told = capsys.readouterr().err
    assert f"rocmtui: {words[0]} " in told
    assert "is out of range" in told
    assert told.count("\n") == 1
