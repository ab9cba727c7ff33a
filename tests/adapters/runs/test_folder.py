"""Runs on disk: complete, cut off, and on a full disk."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from rocmtui.adapters.runs.folder import RunFolder, default_runs_dir
from rocmtui.adapters.runs.fresh_folder import slug
from rocmtui.adapters.runs.reader import EVENTS, SERVER_LOG, read_run
from rocmtui.core.load.said import Requests
from rocmtui.core.load.scenario import ClosedLoop, PromptPlan, Scenario
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.report.facts import RunFacts
from rocmtui.core.request.record import Phase, RequestRecord
from rocmtui.core.server.state import LaunchPlan, ServerState, ServerStatus
from rocmtui.core.session.events import LogRead, Noticed, ServerChanged
from rocmtui.errors import RunFolderError
from tests.fakes.made_report import build_report

SCENARIO = Scenario(shape=ClosedLoop(concurrency=2), prompt=PromptPlan(text="hello"), requests=4)


class StoppedClock:
    """Always the same moment."""

    def monotonic_ns(self) -> int:
        return 100

    def unix_ns(self) -> int:
        return 1_777_889_472_000_000_000

    async def sleep(self, seconds: float) -> None:
        raise AssertionError


def record(number: int, done_ns: int) -> RequestRecord:
    return RequestRecord(id=number, worker=0, phase=Phase.MEASURED, sent_ns=done_ns - 50, done_ns=done_ns)


Fill = Callable[[Path], RunFolder]


@pytest.fixture
def filled() -> Iterator[Fill]:
    """Makes run folders with five events; closes them."""
    folders = []

    def fill(root: Path) -> RunFolder:
        folder = RunFolder.create(root, "Gemma 3 / 8 workers", SCENARIO, clock=StoppedClock())
        folders.append(folder)
        folder.emit(LiveSnapshot(at_ns=200, phase="measured"))
        folder.emit(Requests(at_ns=300, records=(record(1, 250), record(2, 260))))
        folder.emit(LogRead(at_ns=400, lines=("one", "two \udce9")))
        return folder

    yield fill
    for folder in folders:
        folder.close()


def test_reads_back_what_was_written(tmp_path: Path, filled: Fill) -> None:
    folder = filled(tmp_path)
    report = build_report(RunFacts(tool_version="1", unix_ns=0), [])
    folder.finish(report)
    run = read_run(folder.path)
    assert run.scenario == SCENARIO
    assert run.report == report
    assert [item.id for item in run.records()] == [1, 2]
    assert [event.at_ns for event in run.events()] == [100, 200, 250, 260, 400]
    assert run.started() == folder.started


def test_a_run_knows_how_its_server_was_started(tmp_path: Path, filled: Fill) -> None:
    folder = filled(tmp_path)
    assert read_run(folder.path).launch_plan() is None
    plan = LaunchPlan(model="/m.gguf", flash_attn="on")
    folder.emit(ServerChanged(at_ns=500, status=ServerStatus(plan=plan)))
    assert read_run(folder.path).launch_plan() == plan


def test_name_is_the_time_and_a_slug(tmp_path: Path, filled: Fill) -> None:
    assert filled(tmp_path).path.name == "20260504T101112Z-gemma-3-8-workers"
    assert filled(tmp_path).path.name == "20260504T101112Z-gemma-3-8-workers-2"
    assert slug("../..\x1b[2J") == "2j"
    assert slug("///") == "run"


def test_everything_is_on_disk_while_the_run_goes_on(tmp_path: Path, filled: Fill) -> None:
    folder = filled(tmp_path)
    run = read_run(folder.path)
    assert len(list(run.records())) == 2
    assert run.report is None
    assert (folder.path / "server.log").read_text().splitlines() == ["one", "two ?"]


def test_a_run_cut_off_at_any_byte_can_be_read(tmp_path: Path, filled: Fill) -> None:
    folder = filled(tmp_path / "whole")
    for name in ("events.jsonl", "requests.jsonl", "scenario.json"):
        data = (folder.path / name).read_bytes()
        for length in range(len(data)):
            (folder.path / name).write_bytes(data[:length])
            run = read_run(folder.path)
            assert len(list(run.events())) <= 5
        (folder.path / name).write_bytes(data)


def test_of_a_flooded_log_the_lines_before_a_crash_and_before_the_end_are_kept(
    tmp_path: Path, filled: Fill
) -> None:
    folder = filled(tmp_path)
    for n in range(6):
        lines = tuple(f"{n} {k} {'x' * 1000}" for k in range(1000))
        folder.emit(LogRead(at_ns=500 + n, lines=lines))
        if n == 4:
            folder.emit(ServerChanged(at_ns=510, status=ServerStatus(state=ServerState.FAILED)))
    folder.finish()
    events = list(read_run(folder.path).events_only())
    crash = next(n for n, event in enumerate(events) if isinstance(event, ServerChanged))
    for log, last in ((events[crash - 1], "4 999 "), (events[-1], "5 999 ")):
        assert isinstance(log, LogRead)
        assert "left out among those above" in log.lines[0]
        assert log.lines[-1].startswith(last)
    assert (folder.path / EVENTS).stat().st_size < 5 << 20
    assert len((folder.path / SERVER_LOG).read_bytes().splitlines()) == 6002


def test_unknown_lines_are_passed_over(tmp_path: Path, filled: Fill) -> None:
    folder = filled(tmp_path)
    with (folder.path / "events.jsonl").open("ab") as file:
        file.write(b'{"type":"of tomorrow","at_ns":1}\n\xff\xfe\n\n')
    folder.emit(Noticed(at_ns=500, level="info", text="still here"))
    assert [event.at_ns for event in read_run(folder.path).events_only()] == [100, 200, 400, 500]


@pytest.mark.parametrize("damage", [b"\xff", b'","z":' + b"[" * 100_000])
def test_damaged_lines_are_passed_over(tmp_path: Path, filled: Fill, damage: bytes) -> None:
    folder = filled(tmp_path)
    before = list(read_run(folder.path).events())
    with (folder.path / "events.jsonl").open("ab") as file:
        file.write(b'{"type":"notice","at_ns":1,"level":"info","text":"' + damage + b'"}\n')
    with (folder.path / "requests.jsonl").open("ab") as file:
        file.write(b'{"id":1,"worker":0,"phase":"measured","done_ns":1,"finish_reason":"' + damage + b'"}\n')
    (folder.path / "scenario.json").write_bytes(b'{"endpoint":"' + damage + b'"}')
    (folder.path / "report.json").write_bytes(b'{"label":"' + damage + b'"}')
    run = read_run(folder.path)
    assert list(run.events()) == before
    assert (run.scenario, run.report) == (None, None)


def test_files_too_large_to_be_ours_are_not_read(tmp_path: Path, filled: Fill) -> None:
    folder = filled(tmp_path)
    for name in ("scenario.json", "report.json"):
        with (folder.path / name).open("wb") as file:
            file.truncate(1 << 40)
    run = read_run(folder.path)
    assert (run.scenario, run.report) == (None, None)


def test_a_full_disk_keeps_what_is_there_and_says_so_once(tmp_path: Path, filled: Fill) -> None:
    folder = filled(tmp_path)
    full = open("/dev/full", "wb", buffering=0)  # noqa: SIM115 - the folder closes it
    folder._files["events.jsonl"].close()
    folder._files["events.jsonl"] = full
    told: set[RunFolderError | None] = set()
    for at_ns in (500, 600):
        folder.emit(Noticed(at_ns=at_ns, level="info", text="lost"))
        told.add(folder.failure)
    folder.finish(build_report(RunFacts(tool_version="1", unix_ns=0), []))
    assert [error.message for error in told | {folder.failure} if error] == [
        f"the run can no longer be written to {folder.path}: No space left on device; what is there is kept"
    ]
    assert len(list(read_run(folder.path).records())) == 2
    assert not (folder.path / "report.json").exists()


def test_a_secret_prompt_is_kept_out(tmp_path: Path) -> None:
    secret = msgspec.structs.replace(SCENARIO, prompt=PromptPlan(text="password", secret=True))
    folder = RunFolder.create(tmp_path, "x", secret)
    folder.close()
    assert b"password" not in (folder.path / "scenario.json").read_bytes()


def test_given_folder_must_be_empty(tmp_path: Path) -> None:
    RunFolder.create(None, "x", at=tmp_path / "a").close()
    with pytest.raises(RunFolderError, match="not empty"):
        RunFolder.create(None, "x", at=tmp_path / "a")


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunFolderError, match="Not a directory"):
        RunFolder.create(tmp_path / "file" / "runs", "x")


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="does not exist"):
        read_run(tmp_path / "nosuch")
    with pytest.raises(RunFolderError, match="no run folder"):
        read_run(tmp_path)


def test_default_place_follows_xdg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert default_runs_dir() == Path("/data/rocmtui/runs")
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/u")
    assert default_runs_dir() == Path("/home/u/.local/share/rocmtui/runs")
    assert os.environ["HOME"] == "/home/u"
