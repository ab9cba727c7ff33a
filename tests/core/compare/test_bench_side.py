"""A bench as one side of a comparison."""

import msgspec

from rocmtui.core.bench.plan.cells import BenchPlan
from rocmtui.core.bench.report import BenchReport
from rocmtui.core.bench.summary import Figure, SummaryRow
from rocmtui.core.compare.bench_side import bench_side
from rocmtui.core.compare.verdicts import compare
from rocmtui.core.report.document import Tool


def bench(share: float | None) -> BenchReport:
    figure = Figure(variant="default", median=50.0, rounds=(49.0, 50.0, 51.0), limit_share=share)
    row = SummaryRow(
        model="m.gguf",
        ctx=None,
        parallel=1,
        test="tg128",
        name="tg128",
        tag="output_tps_per_request",
        unit="tok/s",
        better="higher",
        figures=(figure,),
        verdicts=(),
    )
    plan = BenchPlan(models=("m.gguf",))
    head = BenchReport(tool=Tool(version="1"), started_at="", ended="done", seconds=1.0, plan=plan)
    return msgspec.structs.replace(head, rows=(row,))


def test_the_share_of_the_limit_stands_beside_the_speed_and_is_no_verdict() -> None:
    found = compare(bench_side("A", bench(0.61)), bench_side("B", bench(0.55)))
    speed, share = found.rows
    assert (speed.title, speed.unit) == ("tg128 on 1 slot", "tok/s")
    assert (share.title, share.unit, share.a, share.b) == (
        "tg128 on 1 slot, of the memory's limit",
        "%",
        61,
        55.00000000000001,
    )
    assert (share.verdict.kind, share.verdict.text) == ("none", "−6.00 %, one reading each")


def test_without_a_limit_there_is_no_row() -> None:
    assert len(compare(bench_side("A", bench(None)), bench_side("B", bench(None))).rows) == 1
