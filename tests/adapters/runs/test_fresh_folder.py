"""Two of the same second get a folder each."""

from __future__ import annotations

from pathlib import Path

from rocmtui.adapters.runs.bench_folder import BenchFolder, BenchHead
from rocmtui.adapters.runs.fresh_folder import fresh_folder
from rocmtui.adapters.runs.sweep_folder import SweepFolder
from rocmtui.core.bench.plan.cells import BenchPlan
from rocmtui.core.report.document import Machine
from tests.fakes.manual_clock import ManualClock

AT_NS = 1_777_889_472_000_000_000


def test_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    names = [fresh_folder(tmp_path / "new", "My run", AT_NS).name for _ in range(3)]
    assert names == ["20260504T101112Z-my-run", "20260504T101112Z-my-run-2", "20260504T101112Z-my-run-3"]


def test_two_sweeps_of_one_second_do_not_meet() -> None:
    first, second = (SweepFolder.create(None, "", ManualClock(unix_ns=AT_NS)) for _ in range(2))
    assert [first.path.name, second.path.name] == ["20260504T101112Z-sweep", "20260504T101112Z-sweep-2"]


def test_two_benches_of_one_second_do_not_meet() -> None:
    head = BenchHead(started_at="", tool_version="0", machine=Machine(cpu="x"), plan=BenchPlan(models=("m",)))
    first, second = (BenchFolder.create(None, head, ManualClock(unix_ns=AT_NS)) for _ in range(2))
    assert [first.path.name, second.path.name] == ["20260504T101112Z-bench", "20260504T101112Z-bench-2"]
