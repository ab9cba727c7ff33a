"""The forms a run, bench or sweep can be given in, by the names `rocmtui runs share --as` takes."""

from __future__ import annotations

from collections.abc import Callable

from rocmtui.core.bench.export import bench_csv, bench_junit
from rocmtui.core.bench.report import BenchReport
from rocmtui.core.bench.text import markdown_report
from rocmtui.core.exports.card_svg import card_svg
from rocmtui.core.exports.junit import load_junit, sweep_junit
from rocmtui.core.exports.llama_bench import llama_bench_markdown, llama_bench_sql
from rocmtui.core.exports.tables import load_csv, sweep_csv
from rocmtui.core.exports.tracked import Document, tracked_figures
from rocmtui.core.exports.trackers import bencher_json, github_benchmark_json
from rocmtui.core.report.document import Report
from rocmtui.core.report.text import report_markdown
from rocmtui.core.result.card import ResultCard
from rocmtui.core.result.words import card_markdown
from rocmtui.core.sweep.report import SweepReport
from rocmtui.core.sweep.text import sweep_markdown
from rocmtui.errors import UsageError


def exported(document: Document, form: str) -> str:
    """The text in one of FORMS. Raises UsageError where such a form of it does not exist."""
    return FORMS[form](document)


def _github(document: Document) -> str:
    """The figures, and the whole report to unfold."""
    match document:
        case Report():
            short = card_markdown(ResultCard(path="", place="", report=document))
            whole = report_markdown(document)
        case BenchReport():
            return markdown_report(document)
        case SweepReport():
            return sweep_markdown(document)
    return f"{short}\n<details><summary>the whole report</summary>\n\n{whole}\n</details>\n"


def _csv(document: Document) -> str:
    match document:
        case Report():
            return load_csv(document)
        case BenchReport():
            return bench_csv(document)
    return sweep_csv(document)


def _junit(document: Document) -> str:
    match document:
        case Report():
            return load_junit(document)
        case BenchReport():
            return bench_junit(document)
    return sweep_junit(document)


def _card(document: Document) -> str:
    if not isinstance(document, Report):
        raise UsageError("a card is of one run", "give a run, or --as github")
    return card_svg(document)


def _of_bench(write: Callable[[BenchReport], str]) -> Callable[[Document], str]:
    def written(document: Document) -> str:
        if not isinstance(document, BenchReport):
            raise UsageError("llama-bench's rows are of a bench", "give a bench, or --as csv")
        return write(document)

    return written


FORMS: dict[str, Callable[[Document], str]] = {
    "github": _github,
    "card.svg": _card,
    "csv": _csv,
    "junit": _junit,
    "bencher": lambda document: bencher_json(tracked_figures(document)).decode(),
    "benchmark-bigger": lambda document: github_benchmark_json(
        tracked_figures(document), speeds=True
    ).decode(),
    "benchmark-smaller": lambda document: github_benchmark_json(
        tracked_figures(document), speeds=False
    ).decode(),
    "llama-bench-sql": _of_bench(llama_bench_sql),
    "llama-bench-md": _of_bench(llama_bench_markdown),
}
"""Markdown for an issue, a picture, tables, tests, benchmark trackers, llama-bench's rows."""
