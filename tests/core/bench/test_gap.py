"""llama-bench's figures beside ours."""

from __future__ import annotations

from rocmtui.core.bench.gap import comparable_setups, gap_row
from rocmtui.core.bench.plan.cells import BenchPlan
from rocmtui.core.bench.plan.suite import DECODE, PREFILL, TTFT
from rocmtui.core.bench.plan.variant import Variant
from tests.fakes.made_bench import made_results

PLAN = BenchPlan(
    models=("m.gguf", "n.gguf"),
    parallel=(4, 1),
    variants=(Variant(label="on"), Variant(label="off")),
    tests=(DECODE, TTFT, PREFILL),
    rounds=3,
)
RESULTS = made_results(
    PLAN, lambda _s, _t, r: {"output_tps_per_request": 90.0 + r, "prefill_tps": 500.0, "ttft": 1.0}
)


def test_each_model_and_variant_is_set_beside_its_fewest_slots() -> None:
    found = [(setup.model, setup.variant.label, setup.parallel) for setup in comparable_setups(PLAN)]
    assert found == [("m.gguf", "on", 1), ("m.gguf", "off", 1), ("n.gguf", "on", 1), ("n.gguf", "off", 1)]


def test_the_gap_is_said_with_its_reason() -> None:
    setup = comparable_setups(PLAN)[0]
    row = gap_row(PLAN, RESULTS, setup, "tg128", 100.0, 1.0)
    assert row is not None
    assert (row.ours, row.name) == (91.0, "tg128")
    assert row.note.startswith("−9.0 % here: llama-bench decodes from an empty context")


def test_tests_only_one_of_them_has_are_left_out() -> None:
    setup = comparable_setups(PLAN)[0]
    assert gap_row(PLAN, RESULTS, setup, "tg64", 100.0, None) is None
    assert gap_row(PLAN, RESULTS, setup, "ttft32", 100.0, None) is None
