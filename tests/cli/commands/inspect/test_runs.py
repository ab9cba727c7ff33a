"""`rocmtui runs`: what it lists, the names others take, and options that would do nothing."""

from __future__ import annotations

import io
import json
import re
import shutil
from pathlib import Path

import pytest

from rocmtui.adapters.machine.files import data_folder
from rocmtui.adapters.runs.folder import RunFolder
from rocmtui.cli.commands.show.replay import run_path
from rocmtui.cli.main import main
from rocmtui.core.report.document import Server
from rocmtui.core.report.facts import RunFacts
from rocmtui.core.request.record import Phase, RequestRecord
from tests.fakes.made_report import build_report
from tests.fakes.manual_clock import ManualClock

RECORDED = Path(__file__).parents[3] / "recorded"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["report", "r1", "-o", "x"], "--output belongs to `rocmtui runs html or share or pack or trace`"),
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


def made_run(path: Path) -> Path:
    record = RequestRecord(
        id=0, worker=0, phase=Phase.MEASURED, sent_ns=0, first_token_ns=40_000_000, last_token_ns=90_000_000,
        done_ns=90_000_000, output_tokens=6,
    )  # fmt: skip
    server = Server(model="gemma.gguf", quantization="Q4_K_M", build="b7400", parallel=4)
    facts = RunFacts(tool_version="1", unix_ns=10**18, server=server)
    folder = RunFolder.create(None, "made", at=path, clock=ManualClock())
    folder.finish(build_report(facts, [record]))
    return path


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run that was written with --output, seen from another folder."""
    monkeypatch.chdir(tmp_path)
    return made_run(tmp_path / "a" / "monday-run")


def test_a_run_written_elsewhere_is_listed_with_its_figures(
    elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["runs"]) == 0
    head, row = (re.split(r"  +", line) for line in capsys.readouterr().out.splitlines())
    assert head[-3:] == ["tok/s", "TTFT p95", "failed"]
    shown = dict(zip(head, row, strict=True))
    assert (shown["name"], shown["model"], shown["quant"], shown["build"]) == (
        "monday-run", "gemma", "Q4_K_M", "b7400",
    )  # fmt: skip
    assert (shown["TTFT p95"], shown["failed"]) == ("40 ms", "0")


def test_what_is_listed_is_taken_by_name_and_by_its_beginning(
    elsewhere: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["runs", "report", "monday-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["server"]["model"] == "gemma.gguf"
    assert main(["runs", "report", "mon"]) == 0
    assert capsys.readouterr().out.startswith("output speed")
    assert main(["runs", "report", "mon", "--markdown"]) == 0
    assert capsys.readouterr().out.startswith("# rocmtui run")
    assert main(["runs", "pack", "monday-run", "-o", "packed.rocmrun"]) == 0
    assert (tmp_path / "packed.rocmrun").is_file()
    assert main(["compare", "monday-run", "mon", "--single"]) == 0
    assert main(["runs", "baseline", "add", "main", "monday-run"]) == 0
    assert run_path("monday-run", None) == elsewhere
    capsys.readouterr()
    assert main(["runs", "baseline", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["baselines"] == {"main": [str(elsewhere)]}


def test_a_name_that_is_nearly_right_or_not_enough_is_told(
    elsewhere: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["runs", "report", "mondy-run"]) == 2
    assert "did you mean monday-run?" in capsys.readouterr().err
    made_run(tmp_path / "b" / "monday-run")
    assert main(["runs", "report", "mon"]) == 2
    assert f"may be any of 2 (give one of them: {elsewhere}" in capsys.readouterr().err


def test_deleting_asks_and_takes_nothing_else(
    elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert main(["runs", "delete", "monday-run"]) == 2
    assert elsewhere.is_dir()
    assert main(["runs", "delete", "monday-run", "--yes"]) == 0
    assert not elsewhere.exists()
    (tmp_path / "precious").mkdir()
    assert main(["runs", "delete", "precious", "--yes"]) == 2
    assert (tmp_path / "precious").is_dir()
    assert main(["runs"]) == 0
    assert "no runs in" in capsys.readouterr().err


def test_benches_and_sweeps_are_listed_and_told(capsys: pytest.CaptureFixture[str]) -> None:
    for kind, name in (("benches", "a-bench"), ("sweeps", "a-sweep")):
        folder = data_folder(kind) / name
        folder.mkdir(parents=True)
        shutil.copy(RECORDED / f"{name[2:]}.json", folder)
    assert main(["runs"]) == 0
    listed = capsys.readouterr().out
    assert re.search(r"a-bench .* bench of \d+ variant", listed)
    assert re.search(r"a-sweep .* sweep of \w+, \d+ level", listed)
    for name in ("a-bench", "a-sweep"):
        assert main(["runs", "report", name]) == 0
        assert f"{name}\n" in capsys.readouterr().out
        assert main(["runs", "report", name, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["schema"].startswith("rocmtui.")
    assert main(["compare", "a-sweep", "a-sweep"]) == 2
    assert "is a sweep" in capsys.readouterr().err
