"""All simulations of what rocmtui concludes, each with the rate it promises beside the one measured.

    python -m tests.benchmarks.verdicts [NAME ...]    intervals, overload, compare, bench, sweep; else all

Under ten minutes on one core at rest. Writes docs/verdicts.json, from which docs/make_statistics.py makes the
tables of docs/statistics.md.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks import overload, verdicts_bench, verdicts_compare, verdicts_intervals, verdicts_sweep

OUTPUT = Path(__file__).parents[2] / "docs" / "verdicts.json"
PARTS: dict[str, tuple[Callable[[int], Iterator[dict[str, object]]], int]] = {
    "intervals": (verdicts_intervals.rows, 400),
    "overload": (overload.rows, 400),
    "compare": (verdicts_compare.rows, 100),
    "bench": (verdicts_bench.rows, 1000),
    "sweep": (verdicts_sweep.rows, 200),
}
"""What makes the rows, and how many trials."""


def main(names: list[str]) -> None:
    """Run the named simulations and keep the others' last output."""
    for name in names or PARTS:
        make, trials = PARTS[name]
        began = time.process_time()
        rows = []
        for row in make(trials):
            rows.append({key: round(v, 4) if isinstance(v, float) else v for key, v in row.items()})
            print(name, " ".join(f"{key}={value}" for key, value in rows[-1].items()), flush=True)
        print(f"{name}: {time.process_time() - began:.0f} s of one core")
        known = json.loads(OUTPUT.read_text()) if OUTPUT.exists() else {}
        OUTPUT.write_text(json.dumps(known | {name: rows}, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
