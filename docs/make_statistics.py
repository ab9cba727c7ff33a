"""Writes the measured rates into docs/statistics.md, from docs/verdicts.json.

python -m tests.benchmarks.verdicts    simulates, and writes docs/verdicts.json
python docs/make_statistics.py         writes the tables
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
PAGE, DATA = DOCS / "statistics.md", DOCS / "verdicts.json"
Rows = list[dict[str, Any]]


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = (head, tuple("---" for _ in head), *rows)
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def intervals(rows: Rows) -> str:
    """A line for each case and size: how often an interval was given, and held the truth."""

    def cell(case: str, n: int, statistic: str) -> str:
        row = next(r for r in rows if (r["case"], r["n"], r["statistic"]) == (case, n, statistic))
        if row["given"] < 0.02:
            return "-" if not row["given"] else f"- ({row['given']:.1%} given)"
        return f"{row['covered']:.2f} of {row['given']:.0%}"

    places = dict.fromkeys((row["case"], row["n"]) for row in rows)
    body = [(case, str(n), *(cell(case, n, name) for name in ("mean", "p50", "p95"))) for case, n in places]
    return table(("luck of the requests", "n", "mean", "p50", "p95"), body)


def overload(rows: Rows) -> str:
    """A line for each number of requests and server."""
    body = [
        (
            row["shape"],
            str(row["requests"]),
            row["server"],
            f"{row['least']:.1%} to {row['most']:.1%}",
            str(row["runs"]),
        )
        for row in rows
    ]
    return table(("load by", "requests", "server", "called over capacity or slowing", "runs a case"), body)


def compare(rows: Rows) -> str:
    """A line for each number of runs and spread between them."""
    body = [
        (
            str(row["runs"]),
            f"{row['between']:.0%}",
            "equal" if row["slower"] == 1 else f"{row['slower'] - 1:.0%} slower",
            f"{row['worse']:.1%}",
            f"{row['any']:.1%}" if row["slower"] == 1 else "",
            str(row["comparisons"]),
        )
        for row in rows
    ]
    return table(
        ("runs a side", "spread of runs", "B is", "called worse", "better or worse", "comparisons"), body
    )


def bench(rows: Rows) -> str:
    """A line for each kind of bench."""
    body = [
        (
            row["bench"],
            "equal" if row["slower"] == 1 else f"{row['slower'] - 1:.0%} slower",
            f"{row['any']:.1%}",
            f"{row['told']:.0%}",
            f"{row['measurements']:.0f}",
            str(row["benches"]),
        )
        for row in rows
    ]
    head = (
        "rounds",
        "B is",
        "benches with any verdict",
        "rows told",
        "measurements (10 rounds: 120)",
        "benches",
    )
    return table(head, body)


def sweep(rows: Rows) -> str:
    """A line for each server."""
    body = [
        (
            row["case"],
            f"{row['capacity']:.3g}",
            f"{row['within']:.1%}",
            f"{row['enough']:.1%}",
            f"{row['advised']:.1%}",
            str(row["searches"]),
        )
        for row in rows
    ]
    head = (
        "server",
        "true capacity",
        "advice at most that",
        "85 % of it or more",
        "advice given",
        "searches",
    )
    return table(head, body)


def rendered(page: str, data: dict[str, Rows]) -> str:
    """The page with each table between its marks made anew."""
    for name, make in (
        ("intervals", intervals),
        ("overload", overload),
        ("compare", compare),
        ("bench", bench),
        ("sweep", sweep),
    ):
        made = f"<!-- {name} -->\n{make(data[name])}\n<!-- /{name} -->"
        page = re.sub(f"<!-- {name} -->.*<!-- /{name} -->", lambda _, made=made: made, page, flags=re.DOTALL)
    return page


if __name__ == "__main__":
    PAGE.write_text(
        rendered(PAGE.read_text(encoding="utf-8"), json.loads(DATA.read_text())), encoding="utf-8"
    )
