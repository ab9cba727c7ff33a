"""docs/statistics.md shows the last output of the simulations, which hold what they promise."""

from __future__ import annotations

import importlib.util
import json
import math
import random
from pathlib import Path
from types import ModuleType

import pytest

from tests.benchmarks import verdicts_bench, verdicts_compare, verdicts_intervals, verdicts_sweep

DOCS = Path(__file__).parents[2] / "docs"
DATA = json.loads((DOCS / "verdicts.json").read_text())


def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_statistics", DOCS / "make_statistics.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_shows_the_last_output() -> None:
    page = (DOCS / "statistics.md").read_text(encoding="utf-8")
    assert maker().rendered(page, DATA) == page, "run `python docs/make_statistics.py`"


def within(measured: float, promised: float, trials: int) -> bool:
    """Whether a rate is what was promised, but for three standard deviations of so many trials."""
    return measured <= promised + 3 * math.sqrt(promised * (1 - promised) / trials)


def test_the_last_output_holds_what_was_promised() -> None:
    for row in DATA["intervals"]:
        if row["given"] >= 0.02:
            given = round(row["given"] * row["runs"])
            assert within(1 - row["covered"], 1 - verdicts_intervals.PROMISED, given), row
    equal = [row for row in DATA["compare"] if row["slower"] == 1]
    assert all(within(row["any"], verdicts_compare.PROMISED, row["comparisons"]) for row in equal)
    equal = [row for row in DATA["bench"] if row["slower"] == 1]
    assert all(within(row["any"], verdicts_bench.PROMISED, row["benches"]) for row in equal)
    assert all(within(1 - row["within"], 0.05, row["searches"]) for row in DATA["sweep"])
    assert all(within(1 - row["enough"], 0.20, row["searches"]) for row in DATA["sweep"])


@pytest.mark.parametrize("case", ["independent", "AR(0.9)", "Poisson queue, load 0.8"])
def test_intervals_in_short(case: str) -> None:
    for row in verdicts_intervals.rows(30, cases=(case,), sizes=(100,)):
        missed = 0.0 if row["covered"] is None else 1 - float(str(row["covered"]))
        assert within(missed, 0.10, 30)
        assert case == "independent" or float(str(row["given"])) <= 0.1


def test_compare_in_short() -> None:
    rng = random.Random(5)
    equal = [verdicts_compare.told(rng, 3) for _ in range(8)]
    slower = [verdicts_compare.told(rng, 3, slower=1.3, between=0.01) for _ in range(4)]
    assert sum(bool(kinds & {"better", "worse"}) for kinds in equal) <= 2
    assert all("worse" in kinds and "better" not in kinds for kinds in slower)


def test_bench_in_short() -> None:
    told = [verdicts_bench.bench(verdicts_bench.AUTO, f"short {run}")[0] for run in range(8)]
    assert sum(bool({"better", "worse"} & set(kinds)) for kinds in told) <= 2
    kinds, measurements = verdicts_bench.bench(verdicts_bench.AUTO, "short", slower=1.2)
    assert "better" not in kinds
    assert measurements < 120


@pytest.mark.parametrize("case", ["workers, 8 slots", "rate, even requests"])
def test_sweep_in_short(case: str) -> None:
    server, make = verdicts_sweep.CASES[case]
    capacity = verdicts_sweep.capacity_of(case)
    found = [verdicts_sweep.search(make(seed), server, seed) for seed in range(3)]
    assert all(load is not None and 0.8 * capacity <= load <= capacity for load in found)
