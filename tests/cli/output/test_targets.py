"""`--json FILE`: what is written where, and what is refused before a run."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from rocmtui.cli.output.targets import check_json, write_json
from rocmtui.errors import UsageError


def test_a_pipe_stays_a_pipe_and_its_reader_gets_the_report(tmp_path: Path) -> None:
    pipe, heard = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: heard.append(pipe.read_bytes()))
    reader.start()
    check_json(str(pipe))
    write_json(str(pipe), b"{}")
    reader.join(timeout=10)
    assert heard == [b"{}"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_stays_a_link_and_its_file_is_written(tmp_path: Path, *, exists: bool) -> None:
    (tmp_path / "there").mkdir()
    file, link = tmp_path / "there" / "report.json", tmp_path / "link.json"
    if exists:
        file.write_text("old")
    link.symlink_to(file)
    check_json(str(link))
    write_json(str(link), b"new")
    assert link.is_symlink()
    assert file.read_bytes() == b"new"
    assert sorted(tmp_path.rglob("*.part")) == []


def test_a_check_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text("old")
    check_json(str(tmp_path / "old.json"))
    check_json(str(tmp_path / "new.json"))
    assert [path.name for path in tmp_path.iterdir()] == ["old.json"]
    assert (tmp_path / "old.json").read_text() == "old"


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("", "a folder itself"),
        ("nowhere/report.json", "no such folder"),
        ("/proc/report.json", "cannot write /proc/report.json: "),
        (f"{'long' * 100}.json", "File name too long"),
        ("dangling.json", "No such file or directory"),
    ],
)
def test_what_cannot_be_written_is_refused_before_the_run(
    target: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dangling.json").symlink_to(tmp_path / "nowhere" / "report.json")
    with pytest.raises(UsageError, match=says):
        check_json(target)


def test_a_file_that_cannot_be_written_at_the_end_names_the_folder_that_has_it() -> None:
    with pytest.raises(UsageError) as caught:
        write_json("/proc/report.json", b"{}", Path("runs/one"))
    assert caught.value.remedy == "the report is in runs/one"
