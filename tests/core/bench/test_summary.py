"""From rounds to medians, verdicts, scaling and memory, checked by hand."""

from __future__ import annotations

import math

import msgspec
import pytest

from rocmtui.core.bench.memory import memory_rows
from rocmtui.core.bench.plan.cells import BenchPlan, Setup, setups
from rocmtui.core.bench.plan.suite import CONCURRENT, DECODE, TTFT, BenchTest
from rocmtui.core.bench.plan.variant import Variant
from rocmtui.core.bench.result import BenchResults, StartResult, encode_line, read_lines, timings_of
from rocmtui.core.bench.summary import scalings, summary_rows
from tests.fakes.made_bench import GIB, made_results

PLAN = BenchPlan(
    models=("/m/gemma.gguf",),
    parallel=(1, 4),
    variants=(Variant(label="on"), Variant(label="off", flags=("-fa", "off"))),
    tests=(DECODE, TTFT, CONCURRENT),
    rounds=4,
)
DRIFT = (1.0, 0.98, 0.97, 0.99)
NOISE = (1.001, 0.999, 1.002, 0.998)


def speeds(setup: Setup, test: BenchTest, round_: int) -> dict[str, float]:
    """`off` decodes 10 % slower; all streams together are 2.5 times as fast on 4 slots."""
    off = setup.variant.label == "off"
    tps = 70 * DRIFT[round_] * (0.9 * NOISE[round_] if off else 1.0)
    if test.kind == "ttft":
        return {"ttft": 40 / DRIFT[round_]}
    if test.kind == "concurrent":
        return {"output_tps": tps * (2.5 if setup.parallel == 4 else 1.0), "output_tps_per_request": tps}
    return {"output_tps_per_request": tps}


RESULTS = made_results(PLAN, speeds)


def test_rows_come_in_the_order_of_the_plan_with_names_people_know() -> None:
    rows = summary_rows(PLAN, RESULTS)
    assert [(row.parallel, row.name) for row in rows] == [
        (1, "tg128"),
        (1, "ttft32"),
        (1, "tg32 (c1) total"),
        (1, "tg32 (c1) each"),
        (4, "tg128"),
        (4, "ttft32"),
        (4, "tg32 (c4) total"),
        (4, "tg32 (c4) each"),
    ]


def test_the_figure_is_the_median_over_rounds_and_the_verdict_pairs_them() -> None:
    row = summary_rows(PLAN, RESULTS)[0]
    assert row.figures[0].median == pytest.approx(70 * (0.98 + 0.99) / 2)
    low, high = row.figures[0].interval or (0.0, 0.0)
    assert low < math.prod(70 * d for d in DRIFT) ** 0.25 < high
    assert [verdict.text for verdict in row.verdicts] == ["10.0 % slower (9.7 to 10.3)"]


def test_equal_delays_are_no_difference() -> None:
    row = summary_rows(PLAN, RESULTS)[1]
    assert (row.unit, row.verdicts[0].text) == ("ms", "no significant difference (0.0 to 0.0 %)")


def test_scaling_is_against_the_fewest_slots() -> None:
    found = [(row.variant, row.from_slots, row.to_slots, row.factor) for row in scalings(PLAN, RESULTS)]
    assert found == [("on", 1, 4, pytest.approx(2.5)), ("off", 1, 4, pytest.approx(2.5))]


def test_memory_is_what_the_server_added_and_what_a_slot_costs() -> None:
    row = memory_rows(PLAN, RESULTS)[2]
    assert (row.parallel, row.variant, row.starts, row.load_seconds) == (4, "on", 4, 3.5)
    assert row.vram_before_bytes == 2 * GIB
    assert row.vram_loaded_bytes == 6 * GIB
    assert row.vram_peak_bytes == 6.25 * GIB
    assert row.vram_kept_bytes == 0
    assert row.vram_per_slot_bytes == 0.5 * GIB


def test_memory_is_unknown_without_a_card_never_zero() -> None:
    results = BenchResults(starts=[msgspec.structs.replace(start, gpu=()) for start in RESULTS.starts])
    row = memory_rows(PLAN, results)[0]
    assert (row.vram_loaded_bytes, row.vram_kept_bytes, row.load_seconds) == (None, None, 3.5)


def test_a_round_that_is_missing_on_one_side_is_left_out_of_the_pairs() -> None:
    on = setups(PLAN, PLAN.models[0])[0].key
    cells = [cell for cell in RESULTS.cells if (cell.setup, cell.test, cell.round) != (on, DECODE.name, 1)]
    row = summary_rows(PLAN, BenchResults(cells=cells, starts=RESULTS.starts))[0]
    assert row.figures[0].rounds[1] is None
    assert row.verdicts[0].change is not None
    assert row.verdicts[0].change.pairs == 3


def test_a_variant_that_did_not_start_has_its_reason_in_the_row() -> None:
    off = setups(PLAN, PLAN.models[0])[1]
    cells = [cell for cell in RESULTS.cells if cell.setup != off.key]
    failed = StartResult(setup=off.key, model=off.model, parallel=1, round=0, error="out of memory")
    row = summary_rows(PLAN, BenchResults(cells=cells, starts=[failed]))[0]
    assert (row.figures[1].median, row.figures[1].failure) == (None, "out of memory")
    assert row.verdicts[0].text == "not measured on both sides"


def test_results_are_read_back_and_a_line_cut_short_is_counted() -> None:
    lines = [encode_line(line) for line in (*RESULTS.starts, *RESULTS.cells)]
    read, unreadable = read_lines([*lines, lines[-1][:20]])
    assert (read, unreadable) == (RESULTS, 1)


def test_a_cell_measured_again_replaces_the_first() -> None:
    results = BenchResults(cells=list(RESULTS.cells))
    again = msgspec.structs.replace(RESULTS.cells[0], metrics={"output_tps_per_request": 1.0})
    results.add(again)
    assert len(results.cells) == len(RESULTS.cells)
    assert [cell for cell in results.cells if cell.key == again.key] == [again]


def test_a_cell_with_an_error_is_not_done() -> None:
    results = BenchResults()
    results.add(msgspec.structs.replace(RESULTS.cells[0], error="the server died"))
    assert results.done == frozenset()


def test_each_step_is_a_timing() -> None:
    assert len(timings_of(RESULTS)) == len(RESULTS.starts) + len(RESULTS.cells)
