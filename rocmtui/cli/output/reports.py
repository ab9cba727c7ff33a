"""The report of anything `rocmtui runs` lists: for a terminal, as Markdown, as JSON."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rocmtui import __version__
from rocmtui.cli.output.face import Face
from rocmtui.cli.output.targets import deliver
from rocmtui.core.text.documents import pretty

if TYPE_CHECKING:
    from rocmtui.core.load.scenario import Scenario


class Texts(NamedTuple):
    """One report in three forms."""

    terminal: str
    markdown: str
    json: str


def report_texts(path: Path, face: Face) -> Texts:
    """The report of a run, also one that was cut off, of a bench or a sweep. Raises RunFolderError."""
    from rocmtui.adapters.runs.suites import read_suite
    from rocmtui.core.bench.report import BenchReport
    from rocmtui.core.sweep.report import SweepReport

    match read_suite(path):
        case SweepReport() as sweep:
            from rocmtui.core.sweep.text import sweep_markdown, sweep_text

            terminal = f"{sweep_text(sweep, face.table)}\nsweep: {path}\n"
            return Texts(terminal, sweep_markdown(sweep), pretty(sweep).decode())
        case BenchReport() as bench:
            from rocmtui.core.bench.text.whole import markdown_report, terminal_text

            terminal = f"{terminal_text(bench, face.table, face.prose)}\nbench: {path}\n"
            return Texts(terminal, markdown_report(bench), pretty(bench).decode())
    from rocmtui.cli.output.load import load_text
    from rocmtui.core.report.text import report_markdown
    from rocmtui.wiring.replays import report_of

    report = report_of(path)
    return Texts(load_text(report, face, path), report_markdown(report), pretty(report).decode())


def deliver_interrupted(target: str, scenario: Scenario) -> None:
    """Write, as `--json TARGET`, the report of a load that was interrupted before anything was sent."""
    from rocmtui.core.report.build import interrupted_report

    report = interrupted_report(__version__, time.time_ns(), scenario)
    deliver(target, "", pretty(report), Path())
