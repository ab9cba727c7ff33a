"""Exact quantiles and summaries."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rocmtui.core.stats.quantiles import quantile, summarise

figures = st.lists(st.floats(0, 1e9, allow_nan=False), min_size=1, max_size=200)


def test_linear_between_ranks() -> None:
    assert quantile([10.0, 20.0, 30.0, 40.0], 0.5) == 25.0
    assert quantile([10.0, 20.0, 30.0, 40.0], 0.9) == 37.0
    assert quantile([7.0], 0.99) == 7.0


@settings(deadline=None)
@given(figures, st.floats(0, 1))
def test_is_numpys_default_definition(values: list[float], q: float) -> None:
    assert quantile(sorted(values), q) == pytest.approx(float(np.quantile(values, q)), rel=1e-12, abs=1e-9)


def test_summary_of_known_values() -> None:
    summary = summarise([4.0, 1.0, 3.0, 2.0], "ms")
    assert summary is not None
    assert (summary.count, summary.mean, summary.min, summary.max) == (4, 2.5, 1.0, 4.0)
    assert summary.std == pytest.approx(math.sqrt(5 / 3))
    assert summary.p95 == pytest.approx(3.85)


def test_one_value_has_no_spread_and_none_has_no_summary() -> None:
    single = summarise([5.0], "ms")
    assert single is not None
    assert single.std is None
    assert summarise([], "ms") is None
