"""What was recorded before the code moved into rooms is read, compared, replayed and packed as it was."""

from pathlib import Path

import msgspec
import pytest

from rocmtui.adapters.runs.comparables import load_side
from rocmtui.adapters.runs.pack import open_run, pack_run
from rocmtui.core.bench.report import decode_bench
from rocmtui.core.compare.verdicts import compare
from rocmtui.core.sweep.report import SweepReport
from rocmtui.wiring.replays import replay_session
from tests.fakes.manual_clock import ManualClock

RECORDED = Path(__file__).parents[2] / "recorded"
LOADS = [RECORDED / "load-a.rocmrun", RECORDED / "load-b.rocmrun"]


@pytest.mark.parametrize("pack", LOADS, ids=lambda path: path.stem)
def test_a_run_replays_to_what_its_report_says(pack: Path) -> None:
    clock = ManualClock()
    with open_run(pack) as run:
        assert run.report is not None
        session = replay_session(run, clock)
        clock.tick(3600)
        live = session.view().live
        assert live is not None
        assert live.completed == run.report.requests.completed == len(list(run.records())) == 6
        assert live.output_tokens == 72


def test_packing_it_again_gives_the_same_file(tmp_path: Path) -> None:
    again = tmp_path / "again.rocmrun"
    with open_run(LOADS[0]) as run:
        pack_run(run.path, again)
    assert again.read_bytes() == LOADS[0].read_bytes()


def test_two_runs_and_a_bench_compare() -> None:
    sides = [load_side(path, path.stem) for path in LOADS]
    titles = {row.title for row in compare(*sides).rows}
    assert {"output speed", "time to first token, p50"} <= titles
    bench = load_side(RECORDED / "bench.json", "bench")
    assert not compare(bench, bench).mismatches


def test_bench_and_sweep_reports_are_read() -> None:
    report = decode_bench((RECORDED / "bench.json").read_bytes())
    assert [variant.label for variant in report.plan.variants] == ["plain", "fa off"]
    sweep = msgspec.json.decode((RECORDED / "sweep.json").read_bytes(), type=SweepReport)
    assert [tried.level.load for tried in sweep.levels] == [1, 2]
