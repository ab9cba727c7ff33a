"""A run replays wherever it is and however much of it there is; recorded twice it gives the same bytes."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rocmtui.adapters.machine.clock import ToldClock
from rocmtui.adapters.runs import reader
from rocmtui.adapters.runs.demo_runs import demo_run, demo_runs
from rocmtui.adapters.runs.pack import open_run
from rocmtui.adapters.runs.reader import RunData, read_run
from rocmtui.cli.main import main
from rocmtui.cli.run import parts
from rocmtui.core.session.view import SessionView
from rocmtui.errors import RocmtuiError
from rocmtui.wiring.replays import replay_session

STEP = 1000
KEPT_BYTES = 150_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The beginning of a packaged run, as a run folder; its events end in the middle of a line."""
    place = tmp_path_factory.mktemp("run") / "run"
    with open_run(demo_run("queue")) as run:
        shutil.copytree(run.path, place)
    for name in ("report.json", "report.md"):
        (place / name).unlink()
    events = place / "events.jsonl"
    events.write_bytes(events.read_bytes()[:KEPT_BYTES])
    return place


def played(path: Path) -> SessionView:
    """The run at its end."""
    clock = ToldClock()
    with open_run(path) as run:
        session = replay_session(run, clock)
        replay = session.view().replay
        assert replay is not None
        session.seek(replay.duration_ns)
        return session.view()


async def test_the_app_reads_a_run_beside_what_it_draws(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_by: list[threading.Thread] = []

    def reading(path: Path) -> RunData:
        read_by.append(threading.current_thread())
        return read_run(path)

    monkeypatch.setattr(reader, "read_run", reading)
    assert (await parts._open_replay(str(folder))).view().replay is not None
    assert [thread is threading.main_thread() for thread in read_by] == [False]


def told(path: Path) -> str | None:
    """What is said where the run cannot be replayed."""
    try:
        played(path)
    except RocmtuiError as error:
        return error.message
    return None


def cuts(size: int) -> Iterator[int]:
    return iter(range(0, size, STEP))


def test_events_cut_at_every_1000th_byte(folder: Path, tmp_path: Path) -> None:
    data = (folder / "events.jsonl").read_bytes()
    short = tmp_path / "short"
    short.mkdir()
    reached = -1
    for size in cuts(len(data)):
        (short / "events.jsonl").write_bytes(data[:size])
        if b"\n" not in data[:size]:
            assert "no events" in (told(short) or "")
            continue
        view = played(short)
        assert view.replay is not None
        assert view.at_ns >= reached
        reached = view.at_ns
    assert view.live is not None


def test_requests_cut_at_every_1000th_byte(folder: Path, tmp_path: Path) -> None:
    data = (folder / "requests.jsonl").read_bytes()
    short = tmp_path / "short"
    shutil.copytree(folder, short)
    for size in cuts(len(data)):
        (short / "requests.jsonl").write_bytes(data[:size])
        assert len(played(short).requests) == data[:size].count(b"\n")


@pytest.mark.parametrize("name", ["load"])
def test_a_packed_run_cut_at_every_1000th_byte(name: str, tmp_path: Path) -> None:
    data = demo_run(name).read_bytes()
    short = tmp_path / "short.rocmrun"
    replayed = 0
    for size in cuts(len(data)):
        short.write_bytes(data[:size])
        said = told(short)
        assert said is None or "\n" not in said
        replayed += said is None
    assert replayed > len(data) // STEP // 2


@pytest.mark.parametrize("name", ["scenario.json", "report.json"])
def test_other_files_cut_anywhere(name: str, tmp_path: Path) -> None:
    with open_run(demo_run("queue")) as run:
        shutil.copytree(run.path, tmp_path / "run")
    file = tmp_path / "run" / name
    data = file.read_bytes()
    for size in range(0, len(data), max(len(data) // 5, 1)):
        file.write_bytes(data[:size])
        said = told(tmp_path / "run")
        assert said is None or "\n" not in said


def record(out: Path, *words: str) -> bytes:
    script = out.parent / "script.txt"
    script.write_text("wait phase measured\nhold 0.5\npress 4\nhold 0.25\nshot still.svg\n")
    assert (
        main(["record", str(out), "--script", str(script), "--size", "100x30", "--speed", "4", *words]) == 0
    )
    return out.read_bytes() + (out.parent / "still.svg").read_bytes()


@pytest.mark.parametrize("suffix", [".cast", ".gif", ".svg"])
def test_recorded_twice_the_bytes_are_the_same(suffix: str, tmp_path: Path) -> None:
    out = tmp_path / f"out{suffix}"
    first = record(out, "--demo", "gpu")
    assert record(out, "--demo", "gpu") == first
    assert b"scripted" in first


def test_a_folder_copied_elsewhere_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere" / "copied run"
    shutil.copytree(folder, copy)
    out = tmp_path / "out.cast"
    assert record(out, "--replay", str(folder)) == record(out, "--replay", str(copy))


def test_a_run_that_is_not_scripted_does_not_say_so(tmp_path: Path) -> None:
    assert "scripted" not in record(tmp_path / "out.cast", "--demo", "load").decode()


@pytest.mark.parametrize("name", demo_runs())
def test_packaged_runs_are_small_and_tell_nothing_private(name: str) -> None:
    assert demo_run(name).stat().st_size < 300_000
    with open_run(demo_run(name)) as run:
        text = b"".join(path.read_bytes() for path in run.path.iterdir() if path.name != "server.log")
        assert not (run.path / "server.log").exists()
    for private in (b"/home/", b"/root/", b"/work/", b"/tmp/"):
        assert private not in text
