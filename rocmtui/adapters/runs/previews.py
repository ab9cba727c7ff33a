"""A run, bench or sweep on disk as it is seen beside the list, and its report as Markdown."""

from __future__ import annotations

from pathlib import Path

import msgspec

from rocmtui.adapters.machine.files import telling
from rocmtui.adapters.runs.reader import read_run
from rocmtui.adapters.runs.suites import BENCH, SWEEP, is_suite
from rocmtui.core.bench.report import decode_bench
from rocmtui.core.bench.text import markdown_report
from rocmtui.core.page.previews import bench_preview, sweep_preview
from rocmtui.core.report.text import report_markdown
from rocmtui.core.runs.preview import Preview, run_preview
from rocmtui.core.sweep.report import SweepReport
from rocmtui.core.sweep.text import sweep_markdown
from rocmtui.core.text.untrusted_json import UNREADABLE
from rocmtui.errors import RunFolderError

UNFINISHED = "it has no report yet"
GO_ON = "`rocmtui bench --resume` goes on with it"


def preview_of(path: Path) -> Preview:
    """What is seen of a folder. Raises RunFolderError."""
    if (path / SWEEP).is_file():
        return sweep_preview(str(path), _sweep(path))
    if is_suite(path):
        return bench_preview(str(path), decode_bench(_report(path / BENCH)))
    run = read_run(path)
    return run_preview(str(path), run.report_or_built(), run.records())


def markdown_of(path: Path) -> str:
    """Its report to read and to copy. Raises RunFolderError."""
    if (path / SWEEP).is_file():
        return sweep_markdown(_sweep(path))
    if is_suite(path):
        return markdown_report(decode_bench(_report(path / BENCH)))
    return report_markdown(read_run(path).report_or_built())


def _sweep(path: Path) -> SweepReport:
    try:
        return msgspec.json.decode(_report(path / SWEEP), type=SweepReport)
    except UNREADABLE as error:
        raise RunFolderError(f"this is no sweep of rocmtui: {error}") from error


def _report(file: Path) -> bytes:
    if not file.is_file():
        raise RunFolderError(UNFINISHED, GO_ON)
    with telling(f"cannot read {file}"):
        return file.read_bytes()
