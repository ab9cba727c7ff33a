"""Pages of what lies on disk; what could name their owner is taken out unless it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from rocmtui.adapters.runs.comparables import load_report, load_side
from rocmtui.adapters.runs.pack import open_run
from rocmtui.adapters.runs.privacy import redactor_of
from rocmtui.adapters.runs.suites import read_suite
from rocmtui.core.bench.report import BenchReport
from rocmtui.core.compare.verdicts import Comparison, compare
from rocmtui.core.exports.forms import exported
from rocmtui.core.exports.tracked import Document
from rocmtui.core.page.html import Assets, html_of
from rocmtui.core.page.parts import Page
from rocmtui.core.page.run_page import run_page
from rocmtui.core.page.work_pages import bench_page, comparison_page, sweep_page


def page_text(path: Path, *, redact: bool = True) -> str:
    """The HTML of a run, packed or not, a bench or a sweep. Raises RunFolderError."""
    return html_of(_page(path, redact=redact), read_assets())


def comparison_text(a: Path, b: Path, *, redact: bool = True) -> str:
    """The HTML of two runs, reports or benches. Raises RunFolderError."""
    comparison = compare(load_side(a, a.name), load_side(b, b.name))
    return page_of_comparison(comparison, (a, b) if redact else ())


def page_of_comparison(comparison: Comparison, redacted: Sequence[Path]) -> str:
    """The HTML of a comparison that was made already, without what names the machines of what is `redacted`.

    Raises RunFolderError.
    """
    if redacted:
        comparison = redactor_of(*map(load_report, redacted)).everything(comparison)
    return html_of(comparison_page(comparison), read_assets())


def read_assets() -> Assets:
    """Scripts and styles that ship with the package."""
    folder = files("rocmtui").joinpath("assets")
    names = ("uplot.min.js", "uplot.min.css", "page.js", "page.css")
    return Assets(*(folder.joinpath(name).read_text(encoding="utf-8") for name in names))


def shared_text(path: Path, form: str, *, redact: bool = True) -> str:
    """A run, bench or sweep in a form that others read. Raises RunFolderError and UsageError."""
    return exported(_document(path, redact=redact), form)


def _document(path: Path, *, redact: bool) -> Document:
    if (work := read_suite(path)) is not None:
        return redactor_of(work).everything(work) if redact else work
    with open_run(path) as run:
        report = run.report_or_built()
        return redactor_of(run).report(report) if redact else report


def _page(path: Path, *, redact: bool) -> Page:
    if (work := read_suite(path)) is not None:
        shown = redactor_of(work).everything(work) if redact else work
        return bench_page(shown) if isinstance(shown, BenchReport) else sweep_page(shown)
    with open_run(path) as run:
        report, events, records = run.report_or_built(), run.events_only(), run.records()
        if not redact:
            return run_page(report, events, records)
        redactor = redactor_of(run)
        return run_page(redactor.report(report), events, map(redactor.record, records))
