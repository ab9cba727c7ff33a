"""The report of anything `rocmtui runs` lists: for a terminal, as Markdown, as JSON."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rocmtui import __version__
from rocmtui.cli.output.face import Face
from rocmtui.cli.output.targets import deliver
from rocmtui.errors import RunFolderError

if TYPE_CHECKING:
    from rocmtui.core.load.scenario import Scenario


class Texts(NamedTuple):
    """One report in three forms."""

    terminal: str
    markdown: str
    json: str


def report_texts(path: Path, face: Face) -> Texts:
    """The report of a run, also one that was cut off, of a bench or a sweep. Raises RunFolderError."""
    from rocmtui.adapters.runs.suites import BENCH, SWEEP, is_suite

    if (path / SWEEP).is_file():
        return _of_sweep(path / SWEEP, face)
    if (path / BENCH).is_file():
        return _of_bench(path / BENCH, face)
    if is_suite(path):
        raise RunFolderError(f"{path} is a bench without a report", f"rocmtui bench --resume {path}")
    from rocmtui.cli.output.load import load_text
    from rocmtui.core.report.document import encode_report
    from rocmtui.core.report.text import report_markdown
    from rocmtui.wiring.replays import report_of

    report = report_of(path)
    return Texts(load_text(report, face, path), report_markdown(report), encode_report(report).decode())


def deliver_interrupted(target: str, scenario: Scenario) -> None:
    """Write, as `--json TARGET`, the report of a load that was interrupted before anything was sent."""
    from rocmtui.core.report.build import interrupted_report
    from rocmtui.core.report.document import encode_report

    report = interrupted_report(__version__, time.time_ns(), scenario)
    deliver(target, "", encode_report(report), Path())


def _of_bench(file: Path, face: Face) -> Texts:
    from rocmtui.core.bench.report import decode_bench, encode_bench
    from rocmtui.core.bench.text import markdown_report, terminal_text

    report = decode_bench(_read(file))
    terminal = f"{terminal_text(report, face.table, face.prose)}\nbench: {file.parent}\n"
    return Texts(terminal, markdown_report(report), encode_bench(report).decode())


def _of_sweep(file: Path, face: Face) -> Texts:
    import msgspec

    from rocmtui.core.sweep.report import SweepReport, encode_sweep
    from rocmtui.core.sweep.text import sweep_markdown, sweep_text
    from rocmtui.core.text.untrusted_json import UNREADABLE

    try:
        report = msgspec.json.decode(_read(file), type=SweepReport)
    except UNREADABLE as error:
        raise RunFolderError(f"{file} is damaged: {error}") from error
    terminal = f"{sweep_text(report, face.table)}\nsweep: {file.parent}\n"
    return Texts(terminal, sweep_markdown(report), encode_sweep(report).decode())


def _read(file: Path) -> bytes:
    from rocmtui.adapters.machine.files import telling

    with telling(f"cannot read {file}"):
        return file.read_bytes()
