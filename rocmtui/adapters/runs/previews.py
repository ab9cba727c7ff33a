"""A run, bench or sweep on disk as it is seen beside the list, and its report as Markdown."""

from __future__ import annotations

from pathlib import Path

from rocmtui.adapters.runs.reader import read_run
from rocmtui.adapters.runs.suites import read_suite
from rocmtui.core.bench.report import BenchReport
from rocmtui.core.bench.text.whole import markdown_report
from rocmtui.core.page.previews import bench_preview, sweep_preview
from rocmtui.core.report.text.markdown import report_markdown
from rocmtui.core.runs.preview import Preview, run_preview
from rocmtui.core.sweep.report import SweepReport
from rocmtui.core.sweep.text import sweep_markdown


def preview_of(path: Path) -> Preview:
    """What is seen of a folder. Raises RunFolderError."""
    match read_suite(path):
        case SweepReport() as sweep:
            return sweep_preview(str(path), sweep)
        case BenchReport() as bench:
            return bench_preview(str(path), bench)
    run = read_run(path)
    return run_preview(str(path), run.report_or_built(), run.records())


def markdown_of(path: Path) -> str:
    """Its report to read and to copy. Raises RunFolderError."""
    match read_suite(path):
        case SweepReport() as sweep:
            return sweep_markdown(sweep)
        case BenchReport() as bench:
            return markdown_report(bench)
    return report_markdown(read_run(path).report_or_built())
