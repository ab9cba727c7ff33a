"""A bench on disk: kept line by line, resumed, finished in all forms."""

from __future__ import annotations

from pathlib import Path

import pytest

from rocmtui.adapters.machine.files import data_folder
from rocmtui.adapters.runs.bench_folder import BenchFolder, BenchHead
from rocmtui.core.bench.plan.cells import BenchPlan
from rocmtui.core.bench.plan.suite import DECODE
from rocmtui.core.bench.report import BenchReport, decode_bench, summed_up
from rocmtui.core.report.document import Machine, Tool
from rocmtui.errors import RunFolderError
from tests.fakes.made_bench import made_results
from tests.fakes.manual_clock import ManualClock

PLAN = BenchPlan(models=("m.gguf",), tests=(DECODE,), rounds=3, title="Flash on/off")
HEAD = BenchHead(started_at="2026-05-04T10:11:12Z", tool_version="0", machine=Machine(cpu="x"), plan=PLAN)
RESULTS = made_results(PLAN, lambda _setup, _test, round_: {"output_tps_per_request": 100.0 + round_})


def test_what_is_appended_is_read_back(tmp_path: Path) -> None:
    folder = BenchFolder.create(tmp_path / "b", HEAD, ManualClock())
    for line in (*RESULTS.starts, *RESULTS.cells):
        folder.append(line)
    again, results = BenchFolder.open(tmp_path / "b")
    assert (again.head, results) == (HEAD, RESULTS)


@pytest.mark.parametrize("cut", [1, 50, 200])
def test_a_line_cut_short_by_a_kill_is_left_and_the_next_one_is_whole(tmp_path: Path, cut: int) -> None:
    folder = BenchFolder.create(tmp_path / "b", HEAD, ManualClock())
    for line in RESULTS.cells[:2]:
        folder.append(line)
    file = tmp_path / "b" / "results.jsonl"
    file.write_bytes(file.read_bytes()[:-cut])
    again, results = BenchFolder.open(tmp_path / "b")
    assert results.cells == RESULTS.cells[: 2 if cut == 1 else 1]
    again.append(RESULTS.cells[2])
    assert BenchFolder.open(tmp_path / "b")[1].cells[-1] == RESULTS.cells[2]


def test_the_report_is_written_in_all_forms(tmp_path: Path) -> None:
    folder = BenchFolder.create(tmp_path / "b", HEAD, ManualClock())
    begun = BenchReport(
        tool=Tool(version="0"), started_at=HEAD.started_at, ended="done", seconds=3.0, plan=PLAN
    )
    folder.finish(summed_up(begun, RESULTS))
    names = sorted(path.name for path in (tmp_path / "b").iterdir())
    assert names == ["bench.csv", "bench.json", "junit.xml", "plan.json", "report.md", "runs"]
    assert decode_bench((tmp_path / "b" / "bench.json").read_bytes()).rows[0].figures[0].median == 101.0


def test_the_default_place_is_named_by_time_and_title() -> None:
    folder = BenchFolder.create(None, HEAD, ManualClock(unix_ns=1_777_889_472_000_000_000))
    assert folder.path == data_folder("benches") / "20260504T101112Z-flash-on-off"


def test_a_folder_in_use_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    with pytest.raises(RunFolderError, match="is not empty"):
        BenchFolder.create(tmp_path, HEAD, ManualClock())


@pytest.mark.parametrize("plan", [None, b"{", b'{"schema": 1}'])
def test_what_is_no_bench_is_refused_in_one_line(tmp_path: Path, plan: bytes | None) -> None:
    if plan is not None:
        (tmp_path / "plan.json").write_bytes(plan)
    with pytest.raises(RunFolderError) as caught:
        BenchFolder.open(tmp_path)
    assert "\n" not in caught.value.message
