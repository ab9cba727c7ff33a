"""Verdicts say what was found, with its interval, and how sure they are."""

from __future__ import annotations

import pytest

from rocmtui.core.stats.change import Change
from rocmtui.core.stats.verdict import Better, judge


def change(estimate: float, low: float | None, high: float | None, pairs: int = 5) -> Change:
    interval = None if low is None or high is None else (low, high)
    return Change(estimate=estimate, interval=interval, pairs=pairs)


@pytest.mark.parametrize(
    ("found", "unit", "better", "kind", "text"),
    [
        (change(0.041, 0.022, 0.060), "tok/s", "higher", "better", "4.1 % faster (2.2 to 6.0)"),
        (change(-0.041, -0.060, -0.022), "tok/s", "higher", "worse", "4.1 % slower (2.2 to 6.0)"),
        (change(-0.3, -0.4, -0.2), "ms", "lower", "better", "30.0 % shorter (20.0 to 40.0)"),
        (change(1.5, 1.2, 1.8), "ms", "lower", "worse", "150 % longer (120 to 180)"),
        (change(0.1, 0.05, 0.15), "B", None, "different", "10.0 % more (5.0 to 15.0)"),
        (
            change(0.016, -0.012, 0.044),
            "tok/s",
            "higher",
            "same",
            "no significant difference (-1.2 to +4.4 %)",
        ),
        (
            change(0.01, -0.06, 0.08, 3),
            "tok/s",
            "higher",
            "undecided",
            "undecided: 3 rounds are too few to see less than 8.0 % (-6.0 to +8.0 %)",
        ),
        (
            change(0.3, -0.6, 3.27, 3),
            "tok/s",
            "higher",
            "undecided",
            "undecided: 3 rounds are too few on a machine this noisy (-60.0 to +327 %)",
        ),
        (
            change(0.01, None, None, 1),
            "tok/s",
            "higher",
            "undecided",
            "undecided: 1 round is too few to tell a difference from noise",
        ),
        (
            change(0.5, 0.4, 0.6, 2),
            "tok/s",
            "higher",
            "undecided",
            "undecided: 2 rounds are too few to tell a difference from noise",
        ),
        (None, "ms", "lower", "none", "not measured on both sides"),
    ],
)
def test_each_outcome_has_its_words(
    found: Change | None, unit: str, better: Better | None, kind: str, text: str
) -> None:
    verdict = judge(found, unit=unit, better=better)
    assert (verdict.kind, verdict.text) == (kind, text)


def test_zero_has_no_sign() -> None:
    verdict = judge(change(0.0, -0.0001, 0.0002), unit="ms", better="lower")
    assert verdict.text == "no significant difference (0.0 to 0.0 %)"
