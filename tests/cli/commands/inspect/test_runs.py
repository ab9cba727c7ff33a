"""`rocmtui runs` with options that would do nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from rocmtui.cli.main import main


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["report", "r1", "-o", "x"], "--output belongs to `rocmtui runs pack`"),
        (["list", "--redact"], "--redact belongs to `rocmtui runs pack`"),
        (["list", "r1"], "takes no 'r1' (for another folder give --dir DIR)"),
        (["--dir", "nowhere"], "--dir nowhere is no folder"),
        (["--dir", "file"], "--dir file is no folder"),
        (["pack"], "which run?"),
    ],
)
def test_an_option_that_would_be_ignored_is_refused(
    words: list[str],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    assert main(["runs", *words]) == 2
    told = capsys.readouterr().err
    assert says in told
    assert told.count("\n") == 1
