"""Makes the result of a run from its folder, with the last run like it found among its neighbours."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from rocmtui.adapters.runs.pack import open_run
from rocmtui.adapters.runs.reader import RunData, is_run, read_run
from rocmtui.core.compare.run_side import run_side
from rocmtui.core.compare.verdicts import compare
from rocmtui.core.report.document import Report
from rocmtui.core.result.card import ResultCard
from rocmtui.core.result.likeness import is_like
from rocmtui.errors import RunFolderError

MOST_LOOKED_AT = 200
"""Neighbours, newest first, among which the last run like it is looked for."""


def result_of(path: Path) -> ResultCard:
    """The result of a run, packed or not. Raises RunFolderError."""
    with open_run(path) as run:
        report = run.report_or_built()
        card = ResultCard(path=str(path), place=shown_path(path), report=report)
        earlier = last_like(path, report)
        if earlier is None or earlier.report is None:
            return card
        sides = (
            run_side(earlier.path.name, earlier.report, earlier.records()),
            run_side(path.name, report, run.records()),
        )
        return msgspec.structs.replace(
            card,
            against=compare(*sides),
            earlier_path=str(earlier.path),
            earlier=_in_words(earlier.report),
        )


def last_like(path: Path, report: Report) -> RunData | None:
    """The newest earlier run beside this one that measured the same load."""
    if not path.is_dir():
        return None
    older = sorted((p for p in path.parent.iterdir() if p.name < path.name and is_run(p)), reverse=True)
    for folder in older[:MOST_LOOKED_AT]:
        try:
            run = read_run(folder)
        except RunFolderError:
            continue  # a damaged neighbour is the runs screen's to tell of
        if run.report is not None and is_like(report, run.report):
            return run
    return None


def shown_path(path: Path) -> str:
    """The path with `~` for the home folder."""
    home = str(Path.home())
    return "~" + str(path).removeprefix(home) if str(path).startswith(home + "/") else str(path)


def _in_words(report: Report) -> str:
    """Its day and hour here, and its build."""
    try:
        began = datetime.fromisoformat(report.started_at).astimezone().strftime("%d %b %H:%M")
    except ValueError:
        began = report.started_at
    return ", ".join(filter(None, (began, report.server.build)))
