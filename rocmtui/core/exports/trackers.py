"""Figures for those who watch benchmarks over time: Bencher and github-action-benchmark."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rocmtui.core.exports.tracked import Tracked
from rocmtui.core.text.documents import pretty
from rocmtui.core.text.sanitize import clean_line

_UNITS = {"tok/s": "tokens_per_second", "req/s": "requests_per_second", "ms": "milliseconds"}
"""Bencher names a measure by its unit; what is not here is named by its own words."""


def bencher_json(figures: Iterable[Tracked]) -> bytes:
    """Bencher Metric Format: benchmark, then measure, then value with its ends."""
    benchmarks: dict[str, dict[str, dict[str, float]]] = {}
    for figure in figures:
        metric = {"value": figure.value}
        if figure.low is not None and figure.high is not None:
            metric |= {"lower_value": figure.low, "upper_value": figure.high}
        measure = _UNITS.get(figure.unit, figure.unit.replace("/", "_per_").replace(" ", "_"))
        name = clean_line(f"{figure.place}: {figure.name}", 200)
        benchmarks.setdefault(name, {})[measure] = metric
    return pretty(benchmarks)


def github_benchmark_json(figures: Iterable[Tracked], *, speeds: bool) -> bytes:
    """github-action-benchmark's own format: `speeds` for customBiggerIsBetter, else customSmallerIsBetter.

    It takes one direction a file.
    """
    entries: list[dict[str, Any]] = []
    for figure in figures:
        if figure.is_speed is not speeds:
            continue
        name = clean_line(f"{figure.place}: {figure.name}", 200)
        entry: dict[str, Any] = {"name": name, "unit": figure.unit, "value": figure.value}
        if figure.low is not None and figure.high is not None:
            entry["range"] = f"{figure.low:.6g} to {figure.high:.6g}"
        entries.append(entry)
    return pretty(entries)
