"""Comparing two sides: what is refused, what is told, which values are used."""

from __future__ import annotations

import msgspec
import pytest

from rocmtui.core.compare.sides import Conditions, Quantity, Side, compare, mismatches

SAME = Conditions(
    machine="Ryzen 7, RX 7800 XT",
    models={"gemma": "abc"},
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


def test_only_metrics_of_both_sides_are_compared() -> None:
    result = compare(side("A", decode=speed(1, 2, 3), ttft=speed(1, 1, 1)), side("B", decode=speed(1, 2, 3)))
    assert [row.key for row in result.rows] == ["decode"]


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
    a = Quantity(unit="tok/s", better="higher", rounds=(100.0, None, 101.0, 99.0))
    b = Quantity(unit="tok/s", better="higher", rounds=(105.0, 106.0, 104.0, None))
    row = compare(side("A", decode=a), side("B", decode=b)).rows[0]
    assert row.verdict.text == "5.0 % faster (2.7 to 7.4)"
    assert row.verdict.change is not None
    assert row.verdict.change.pairs == 3


def test_the_sides_own_warnings_travel_along() -> None:
    a = Side(label="A", kind="run", warnings=("client was busy",))
    result = compare(a, Side(label="B", kind="run"))
    assert result.warnings[0] == "A: client was busy"
    assert "not that from one start to the next" in result.warnings[-1]
