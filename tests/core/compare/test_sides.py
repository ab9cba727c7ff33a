"""Comparing two sides: what is refused, what is told, which values are used."""

from __future__ import annotations

import msgspec
import pytest

from rocmtui.core.compare.conditions import Conditions, mismatches
from rocmtui.core.compare.sides import Quantity, Side, merged
from rocmtui.core.compare.verdicts import compare, enough_runs

SAME = Conditions(
    machine="Ryzen 7, RX 7800 XT",
    models={"gemma": "abc"},
    load="4 workers",
    prompts="128 tokens",
    cached_fraction=0.0,
    measured_seconds=30.0,
    settings={"build": "b9120"},
)


def side(label: str, conditions: Conditions = SAME, **quantities: Quantity) -> Side:
    return Side(label=label, kind="bench", conditions=conditions, quantities=quantities)


def speed(*rounds: float) -> Quantity:
    return Quantity(unit="tok/s", better="higher", value=rounds[len(rounds) // 2], rounds=rounds)


def delay(*rounds: float) -> Quantity:
    return Quantity(unit="ms", better="lower", value=rounds[len(rounds) // 2], rounds=rounds)


def more(changed: dict[str, object]) -> dict[str, str]:
    """A second model for the side that is to have two."""
    models = changed.get("models")
    return {"llama": "abc"} if isinstance(models, dict) and len(models) == 2 else {}


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"machine": "Ryzen 5"}, "machine"),
        ({"models": {"gemma": "def"}}, "model"),
        ({"models": {"llama": None}}, "model"),
        ({"models": {"gemma": "def", "llama": "abc"}}, "model"),
        ({"prompts": "512 tokens"}, "prompts"),
        ({"load": "8 workers"}, "load"),
        ({"cached_fraction": 0.9}, "cache hit rate"),
        ({"measured_seconds": 5.0}, "measured window"),
        ({"measured_seconds": None, "measured_requests": 100}, "measured window"),
    ],
)
def test_unequal_conditions_are_named(changed: dict[str, object], what: str) -> None:
    base = msgspec.structs.replace(SAME, measured_requests=20, models={"gemma": "abc", **more(changed)})
    found = mismatches(base, msgspec.structs.replace(base, **changed))
    assert [mismatch.what for mismatch in found] == [what]


@pytest.mark.parametrize(
    "changed",
    [
        {"machine": None},
        {"cached_fraction": 0.01},
        {"measured_seconds": 45.0},
        {"models": {"another name": "abc"}},
    ],
)
def test_what_is_unknown_or_close_is_no_mismatch(changed: dict[str, object]) -> None:
    assert mismatches(SAME, msgspec.structs.replace(SAME, **changed)) == ()


def test_settings_that_differ_are_told_not_refused() -> None:
    other = msgspec.structs.replace(SAME, settings={"build": "b9999", "flash_attn": "on"})
    result = compare(side("A"), side("B", other))
    assert result.mismatches == ()
    assert result.differences == ("build: b9120 against b9999", "flash_attn: – against on")


def test_a_row_that_one_side_lost_is_worse_and_a_new_one_is_told() -> None:
    both = speed(1, 2, 3)
    result = compare(side("A", decode=both, ttft=delay(1, 1, 1)), side("B", decode=both, prefill=both))
    kinds = {row.key: (row.verdict.kind, row.verdict.text) for row in result.rows}
    assert kinds["ttft"] == ("worse", "lost: B has none")
    assert kinds["prefill"] == ("none", "new: A has none")
    assert [row.key for row in result.regressions(0.5)] == ["ttft"]


def test_what_only_some_servers_tell_is_no_loss() -> None:
    queue = msgspec.structs.replace(delay(1, 1, 1), depends=True)
    assert compare(side("A", queue=queue), side("B")).regressions(0.0) == ()


def test_a_speed_that_became_zero_is_worse() -> None:
    result = compare(side("A", speed=speed(50, 51, 52)), side("B", speed=speed(0, 0, 0)))
    assert [row.key for row in result.regressions(0.9)] == ["speed"]


@pytest.mark.parametrize(
    ("a", "b", "kind"),
    [
        ((0, 200), (6, 200), "worse"),
        ((0, 20), (1, 20), "worse"),
        ((0, 1000), (1, 1000), "undecided"),
        ((10, 200), (12, 200), "undecided"),
        ((10, 200), (40, 200), "worse"),
        ((40, 200), (10, 200), "better"),
        ((0, 200), (0, 200), "same"),
    ],
)
def test_more_errors_are_worse(a: tuple[int, int], b: tuple[int, int], kind: str) -> None:
    def rate(share: tuple[int, int]) -> Quantity:
        return Quantity(unit="%", better="lower", value=100 * share[0] / share[1], share=share)

    assert compare(side("A", errors=rate(a)), side("B", errors=rate(b))).rows[0].verdict.kind == kind


def test_latencies_closer_than_the_floor_are_alike_and_those_near_zero_are_differences() -> None:
    a, b = side("A", wait=delay(0.0, 0.0, 0.0, 0.1)), side("B", wait=delay(0.5, 0.6, 0.7, 0.6))
    assert compare(a, b).rows[0].verdict.text == "no difference that matters: +0.70 ms, under 1 ms"
    assert compare(a, b, floor_ms=0.1).rows[0].verdict.text.startswith("0.57 ms longer (")
    slow = compare(a, side("B", wait=delay(40, 41, 39, 40)))
    assert slow.rows[0].verdict.text.startswith("40.0 ms longer (")
    assert len(slow.regressions(0.05)) == 1


def run(value: float, *, noise: float = 0.01) -> Side:
    quantity = Quantity(unit="tok/s", better="higher", value=value, noise=noise)
    return Side(label="run", kind="run", conditions=SAME, quantities={"decode": quantity})


def several(*values: float) -> Side:
    return merged("several", [run(value) for value in values])


def test_the_spread_between_runs_decides() -> None:
    close = compare(several(100, 104, 97), several(96, 101, 94)).rows[0]
    apart = compare(several(100, 101, 99), several(90, 91, 89)).rows[0]
    assert (close.verdict.kind, apart.verdict.kind) == ("undecided", "worse")
    assert apart.verdict.change is not None
    assert (apart.verdict.change.pairs, apart.verdict.change.of) == (3, "runs")
    assert (apart.a, apart.b) == (100, 90)


def test_one_new_run_is_judged_by_the_spread_of_a_baseline_of_five() -> None:
    a, b = several(100, 101, 99, 100.5, 99.5), several(80)
    assert enough_runs(a, b)
    assert compare(a, b).rows[0].verdict.kind == "worse"


@pytest.mark.parametrize("values", [(100.0,), (100.0, 101.0)])
def test_fewer_than_three_runs_say_nothing_of_the_servers(values: tuple[float, ...]) -> None:
    a, b = several(*values), several(*(value * 0.5 for value in values))
    result = compare(a, b)
    assert result.within_runs
    assert result.rows[0].verdict.kind in ("none", "undecided")
    assert not enough_runs(a, b)


def test_runs_of_one_side_that_are_unlike_are_told() -> None:
    other = msgspec.structs.replace(run(100), conditions=msgspec.structs.replace(SAME, load="8 workers"))
    warning = merged("A", [run(100), other, run(101)]).warnings[0]
    assert warning == "its own runs are unlike: load differs: 4 workers against 8 workers"


def test_a_regression_counts_only_beyond_the_limit() -> None:
    a = side("A", decode=speed(100, 101, 99, 100), ttft=delay(10, 10.1, 9.9, 10))
    b = side("B", decode=speed(92, 93, 91, 92), ttft=delay(12, 12.1, 11.9, 12))
    result = compare(a, b)
    assert [row.key for row in result.regressions(0.05)] == ["decode", "ttft"]
    assert [row.key for row in result.regressions(0.10)] == ["ttft"]
    assert compare(b, a).regressions(0.0) == ()


def test_a_single_reading_is_told_as_a_difference_never_a_ratio() -> None:
    vram = Quantity(unit="MiB", better="lower", value=1000.0)
    result = compare(side("A", vram=vram), side("B", vram=msgspec.structs.replace(vram, value=1120.0)))
    assert result.rows[0].verdict.text == "+120 MiB, one reading each"


def test_rounds_that_were_not_measured_are_left_out() -> None:
    a = Quantity(unit="tok/s", better="higher", value=100, rounds=(100.0, None, 101.0, 99.0))
    b = Quantity(unit="tok/s", better="higher", value=105, rounds=(105.0, 106.0, 104.0, None))
    row = compare(side("A", decode=a), side("B", decode=b)).rows[0]
    assert row.verdict.text == "5.0 % faster (2.7 to 7.4)"
    assert row.verdict.change is not None
    assert row.verdict.change.pairs == 3


def test_the_sides_own_warnings_travel_along() -> None:
    a = Side(label="A", kind="run", warnings=("client was busy",))
    result = compare(a, Side(label="B", kind="run"))
    assert result.warnings[0] == "A: client was busy"
    assert "not that from one start to the next" in result.warnings[-1]
