"""The forms a run, bench or sweep can be given in, by the names `rocmtui runs share --as` takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rocmtui.core.bench.report import BenchReport
from rocmtui.core.bench.text.whole import markdown_report
from rocmtui.core.exports.card_svg import card_svg
from rocmtui.core.exports.junit import bench_junit, load_junit, sweep_junit
from rocmtui.core.exports.llama_bench import llama_bench_markdown, llama_bench_sql
from rocmtui.core.exports.tables import bench_csv, load_csv, sweep_csv
from rocmtui.core.exports.tracked import Document, tracked_figures
from rocmtui.core.exports.trackers import bencher_json, github_benchmark_json
from rocmtui.core.report.document import Report
from rocmtui.core.report.text.markdown import report_markdown
from rocmtui.core.result.card import ResultCard
from rocmtui.core.result.words import card_markdown
from rocmtui.core.sweep.report import SweepReport
from rocmtui.core.sweep.text import sweep_markdown
from rocmtui.errors import UsageError


def exported(document: Document, form: str) -> str:
    """The text in one of FORMS. Raises UsageError where such a form of it does not exist."""
    return FORMS[form](document)


def _markdown(report: Report) -> str:
    """The figures, and the whole report to unfold."""
    short, whole = card_markdown(ResultCard(path="", place="", report=report)), report_markdown(report)
    return f"{short}\n<details><summary>the whole report</summary>\n\n{whole}\n</details>\n"


def _by_kind(**writers: Callable[[Any], str]) -> Callable[[Document], str]:
    """By what is given: `run`, `bench` or `sweep`. Raises UsageError for a kind that is not there."""

    def written(document: Document) -> str:
        kind = {Report: "run", BenchReport: "bench", SweepReport: "sweep"}[type(document)]
        if kind not in writers:
            raise UsageError(*_ONLY_OF[next(iter(writers))])
        return writers[kind](document)

    return written


_ONLY_OF = {
    "run": ("a card is of one run", "give a run, or --as github"),
    "bench": ("llama-bench's rows are of a bench", "give a bench, or --as csv"),
}


def _benchmark(*, speeds: bool) -> Callable[[Document], str]:
    return lambda document: github_benchmark_json(tracked_figures(document), speeds=speeds).decode()


FORMS: dict[str, Callable[[Document], str]] = {
    "github": _by_kind(run=_markdown, bench=markdown_report, sweep=sweep_markdown),
    "card.svg": _by_kind(run=card_svg),
    "csv": _by_kind(run=load_csv, bench=bench_csv, sweep=sweep_csv),
    "junit": _by_kind(run=load_junit, bench=bench_junit, sweep=sweep_junit),
    "bencher": lambda document: bencher_json(tracked_figures(document)).decode(),
    "benchmark-bigger": _benchmark(speeds=True),
    "benchmark-smaller": _benchmark(speeds=False),
    "llama-bench-sql": _by_kind(bench=llama_bench_sql),
    "llama-bench-md": _by_kind(bench=llama_bench_markdown),
}
"""Markdown for an issue, a picture, tables, tests, benchmark trackers, llama-bench's rows."""
