"""`rocmtui record`: bad input in one line; the live app recorded unattended."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rocmtui.cli.main import main
from rocmtui.errors import ExitCode


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["out.mp4", "--demo"], "what kind of file"),
        (["out.gif", "--demo", "--still"], "makes an .svg"),
        (["out.svg", "--demo", "--size", "big"], "is no size"),
        (["out.svg", "--demo", "--size", "0x0"], "--size: columns 0 is out of range (20 to 400)"),
        (["out.svg", "--demo", "--size", "80x9999"], "--size: rows 9999 is out of range (5 to 200)"),
        (["out.svg", "--demo", "--size", "80x²"], "is no size"),
        (["out.svg", "--demo", "--fps", "99"], "--fps 99 is out of range (1 to 20)"),
        (["out.svg", "--demo", "--speed", "nan"], "--speed nan is out of range (0.5 to 16)"),
        (["out.svg", "--demo", "--speed", "inf"], "--speed inf is out of range"),
        (["out.svg", "--demo", "--speed", "0"], "--speed 0 is out of range"),
        (["out.svg", "--demo", "--from", "nan"], "--from nan is out of range"),
        (["out.svg", "--demo", "--from", "-1"], "--from -1 is out of range"),
        (["out.svg", "--demo", "--from", "99999"], "--from 99999 is beyond the end of the run (it lasts"),
        (["out.svg", "--demo", "--script", "."], "cannot read the script .: Is a directory (see"),
        (["out.svg", "--demo", "--script", "quote.txt"], "quote.txt: line 1 of the script: No closing"),
        (["out.svg", "--demo", "--script", "latin.txt"], "latin.txt: it is not UTF-8 (see"),
        (["out.svg", "--live", "--speed", "2"], "belong to a replay"),
        (["out.svg"], "give a RUN or --demo"),
        (["out.svg", "--demo", "nothing"], "no packaged run"),
        (["out.svg", "--replay", "nowhere"], "does not exist"),
        (["out.svg", "--demo", "--script", "nowhere.txt"], "cannot read the script"),
        (["out.svg", "--demo", "--theme", "midnigth"], "did you mean midnight?"),
        (["out.svg", "--live"], "needs a script"),
        (["out.svg", "--live", "demo", "--demo"], "exclude each other"),
    ],
)
def test_bad_input_is_told_in_one_line(
    words: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "quote.txt").write_text("type 'oh\n")
    (tmp_path / "latin.txt").write_bytes(b"type \xe9\n")
    assert main(["record", *words]) == ExitCode.USAGE
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


@pytest.mark.llama
def test_the_live_app_is_recorded_on_a_model(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    script, out = tmp_path / "script.txt", tmp_path / "out.cast"
    script.write_text("wait server ready\nhold 0.5\nshot ready.svg\n")
    command = [sys.executable, "-m", "rocmtui", "record", out, "--live", tiny_model, "--script", script]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    header, *frames = [json.loads(line) for line in out.read_text().splitlines()]
    assert (header["width"], header["height"]) == (120, 40)
    assert frames
    assert "ready" in (tmp_path / "ready.svg").read_text()
