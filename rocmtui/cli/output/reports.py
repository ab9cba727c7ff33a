"""The report of anything `rocmtui runs` lists: for a terminal, as Markdown, as JSON."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rocmtui import __version__
from rocmtui.cli.output.face import Face
from rocmtui.cli.output.targets import deliver, write_page
from rocmtui.core.text.documents import pretty

if TYPE_CHECKING:
    from rocmtui.core.bench.report import BenchReport
    from rocmtui.core.load.scenario import Scenario
    from rocmtui.core.report.document import Report
    from rocmtui.core.sweep.report import SweepReport


class Texts(NamedTuple):
    """One report in three forms."""

    terminal: str
    markdown: str
    json: bytes


def report_texts(path: Path, face: Face) -> Texts:
    """The report of a run, also one that was cut off, of a bench or a sweep. Raises RunFolderError."""
    from rocmtui.adapters.runs.suites import read_suite
    from rocmtui.core.bench.report import BenchReport
    from rocmtui.core.sweep.report import SweepReport
    from rocmtui.wiring.replays import report_of

    match read_suite(path):
        case SweepReport() as sweep:
            return sweep_texts(sweep, face, path)
        case BenchReport() as bench:
            return bench_texts(bench, face, path)
    return run_texts(report_of(path), face, path)


def run_texts(report: Report, face: Face, path: Path) -> Texts:
    """Of the load whose run lies at `path`."""
    from rocmtui.cli.output.load import load_text
    from rocmtui.core.report.text.markdown import report_markdown

    return Texts(load_text(report, face, path), report_markdown(report), pretty(report))


def bench_texts(report: BenchReport, face: Face, path: Path) -> Texts:
    """Of the bench whose folder is `path`."""
    from rocmtui.core.bench.text.whole import markdown_report, terminal_text

    terminal = f"{terminal_text(report, face.table, face.prose)}\nbench: {path}\n"
    return Texts(terminal, markdown_report(report), pretty(report))


def sweep_texts(report: SweepReport, face: Face, path: Path) -> Texts:
    """Of the sweep whose folder is `path`."""
    from rocmtui.core.sweep.text import sweep_markdown, sweep_text

    terminal = f"{sweep_text(report, face.table, ascii_only=face.ascii_only)}\nsweep: {path}\n"
    return Texts(terminal, sweep_markdown(report), pretty(report))


def print_report(args: argparse.Namespace, texts: Texts, path: Path) -> None:
    """Where the output options want it. Raises UsageError as `deliver` does."""
    deliver(args.json, texts.markdown if args.markdown else texts.terminal, texts.json, path)
    write_page(args.html, path)


def deliver_interrupted(target: str, scenario: Scenario) -> None:
    """Write, as `--json TARGET`, the report of a load that was interrupted before anything was sent."""
    from rocmtui.core.report.build import interrupted_report

    report = interrupted_report(__version__, time.time_ns(), scenario)
    deliver(target, "", pretty(report), Path())
