from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from rocmtui.adapters.runs.folder import RunFolder
from rocmtui.adapters.runs.index import RunIndex, list_all
from rocmtui.adapters.runs.names import remembered
from rocmtui.core.load.said import Requests
from rocmtui.core.load.scenario import ClosedLoop, OpenLoop, PromptPlan, Scenario
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.report.document import Server
from rocmtui.core.report.facts import RunFacts
from rocmtui.core.request.record import Phase, RequestRecord
from rocmtui.core.server.state import ServerFacts, ServerStatus
from rocmtui.core.session.events import ServerChanged
from rocmtui.errors import RunFolderError
from tests.fakes.made_report import build_report
from tests.fakes.manual_clock import ManualClock

RECORDED = Path(__file__).parents[2] / "recorded"
NS = 1_000_000_000
CLOSED = Scenario(shape=ClosedLoop(concurrency=8), prompt=PromptPlan(tokens=64))
OPEN = Scenario(shape=OpenLoop(rate=2.5, arrivals="poisson"), prompt=PromptPlan(tokens=64))


def records(*ttfts_ms: int) -> tuple[RequestRecord, ...]:
    return tuple(
        RequestRecord(
            id=number,
            worker=0,
            phase=Phase.MEASURED,
            sent_ns=NS,
            first_token_ns=NS + ttft * 1_000_000,
            last_token_ns=2 * NS,
            done_ns=2 * NS,
            output_tokens=10,
        )
        for number, ttft in enumerate(ttfts_ms)
    )


def finished(root: Path, name: str = "done") -> Path:
    folder = RunFolder.create(None, "gemma", CLOSED, clock=ManualClock(), at=root / name)
    facts = RunFacts(
        tool_version="1",
        unix_ns=5000 * NS,
        label="gemma",
        scenario=CLOSED,
        server=Server(model="gemma-3-27b", parallel=4),
    )
    folder.finish(build_report(facts, records(100, 200, 300)))
    return folder.path


def cut_off(root: Path, name: str = "cut") -> Path:
    folder = RunFolder.create(None, "qwen", OPEN, clock=ManualClock(), at=root / name)
    status = ServerStatus(facts=ServerFacts(model="Qwen3-8B", parallel=2))
    folder.emit(ServerChanged(at_ns=1, status=status))
    folder.emit(Requests(at_ns=2 * NS, records=records(40, 60)))
    folder.emit(
        LiveSnapshot(
            at_ns=3 * NS, phase="measured", elapsed_ns=2 * NS, completed=2, failed=1, output_tokens=300
        )
    )
    folder.close()
    return folder.path


def test_a_run_with_a_report(tmp_path: Path):
    path = finished(tmp_path)
    (entry,) = RunIndex(tmp_path).list_now()
    assert (entry.path, entry.model, entry.parallel) == (str(path), "gemma-3-27b", 4)
    assert (entry.load, entry.completed, entry.failed) == ("8 workers", 3, 0)
    assert entry.started_unix_ns == 5000 * NS
    assert entry.ttft_p95_ms == pytest.approx(290)
    assert entry.has_report
    assert entry.size_bytes > 0


def test_a_run_that_was_cut_off_has_its_last_figures(tmp_path: Path):
    path = cut_off(tmp_path)
    with (path / "events.jsonl").open("ab") as events:
        events.write(b'{"type":"live","at_ns":')
    (entry,) = RunIndex(tmp_path).list_now()
    assert (entry.model, entry.parallel, entry.load) == ("Qwen3-8B", 2, "2.5 req/s poisson")
    assert (entry.completed, entry.failed, entry.output_tps) == (2, 1, 150.0)
    assert entry.ttft_p95_ms == pytest.approx(59)
    assert not entry.has_report
    assert entry.problem is None


def test_of_a_long_cut_off_run_only_the_ends_are_read(tmp_path: Path):
    path = cut_off(tmp_path)
    lines = (path / "events.jsonl").read_bytes().splitlines(keepends=True)
    noise = b'{"type":"notice","at_ns":5,"level":"info","text":"' + b"x" * 400 + b'"}\n'
    (path / "events.jsonl").write_bytes(b"".join([*lines[:-1], noise * 2000, lines[-1]]))
    (entry,) = RunIndex(tmp_path).list_now()
    assert (entry.model, entry.completed) == ("Qwen3-8B", 2)


def test_newest_first_and_what_is_no_run_is_left_out(tmp_path: Path):
    finished(tmp_path, "b-done")
    cut_off(tmp_path, "a-cut")
    (tmp_path / "notes").mkdir()
    (tmp_path / "file").write_text("")
    assert [entry.name for entry in RunIndex(tmp_path).list_now()] == ["a-cut", "b-done"]
    assert RunIndex(tmp_path / "missing").list_now() == ()


def test_a_report_of_another_version_is_told(tmp_path: Path):
    (finished(tmp_path) / "report.json").write_text('{"schema": "rocmtui.report/9"}')
    (entry,) = RunIndex(tmp_path).list_now()
    assert entry.problem is not None
    assert "rocmtui.report/9" in entry.problem


async def test_deleting_takes_one_run_and_nothing_else(tmp_path: Path):
    root = tmp_path / "runs"
    path, kept = finished(root), cut_off(root)
    (tmp_path / "outside").mkdir()
    index = RunIndex(root)
    (root / "link").symlink_to(kept)
    for wrong in (tmp_path / "outside", root, root / "missing", root / "link", root / ".." / "runs"):
        with pytest.raises(RunFolderError):
            await index.delete(str(wrong))
    await index.delete(str(path))
    assert [entry.name for entry in await index.runs() if entry.name != "link"] == ["cut"]


async def test_a_run_written_elsewhere_is_on_the_shelf_until_it_is_deleted(tmp_path: Path):
    path = finished(tmp_path / "elsewhere", "tuesday")
    index = RunIndex(tmp_path / "runs", elsewhere=remembered)
    assert [entry.name for entry in await index.runs()] == ["tuesday"]
    await index.delete(str(path))
    assert (path.exists(), await index.runs(), remembered()) == (False, (), [])


def test_a_folder_that_cannot_be_read_hides_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    finished(tmp_path, "good")
    locked = finished(tmp_path, "locked")
    iterdir = Path.iterdir
    refused = PermissionError(13, "Permission denied")

    def refuse(path: Path) -> Iterator[Path]:
        if path == locked:
            raise refused
        return iterdir(path)

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert {entry.name: entry.problem is None for entry in list_all(tmp_path)} == {
        "good": True,
        "locked": False,
    }


async def test_a_run_is_previewed_and_told_as_a_page(tmp_path: Path):
    index = RunIndex(tmp_path)
    seen = await index.preview(str(finished(tmp_path)))
    assert seen.head == ("", "p50", "p95", "p99")
    assert seen.rows[0][0] == "TTFT"
    assert "3 of 3 requests completed" in seen.told[0]
    assert ("stale connections", "0") in seen.audit
    assert (await index.page(str(tmp_path / "done"))).startswith("# ")


async def test_benches_and_sweeps_are_on_the_shelf_with_their_previews(tmp_path: Path):
    for kind in ("bench", "sweep"):
        (tmp_path / kind).mkdir()
        shutil.copy(RECORDED / f"{kind}.json", tmp_path / kind)
    index = RunIndex(tmp_path)
    assert sorted(entry.kind for entry in await index.runs()) == ["bench", "sweep"]
    sweep = await index.preview(str(tmp_path / "sweep"))
    assert sweep.head[1:] == ("tok/s", "each", "TTFT p95")
    assert any(row[0].startswith("> ") for row in sweep.rows)
    bench = await index.preview(str(tmp_path / "bench"))
    assert len(bench.head) == len(bench.rows[0]) > 1
    assert all("slot" in row[0] for row in bench.rows)
    for kind in ("bench", "sweep"):
        assert "| " in await index.page(str(tmp_path / kind))
    (tmp_path / "bench" / "bench.json").rename(tmp_path / "bench" / "plan.json")
    with pytest.raises(RunFolderError, match="no report yet"):
        await index.preview(str(tmp_path / "bench"))
    await index.delete(str(tmp_path / "bench"))
    assert [entry.kind for entry in await index.runs()] == ["sweep"]
