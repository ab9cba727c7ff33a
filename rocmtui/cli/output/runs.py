"""The list of `rocmtui runs`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from rocmtui.cli.output.face import Face
from rocmtui.core.runs.entry import RunEntry
from rocmtui.core.text import forms
from rocmtui.core.text.forms import DASH
from rocmtui.core.text.tables import Cell, Column, Table, Toned

_COLUMNS = (
    Column("name"),
    Column("date", drop=5),
    Column("model", least=12, drop=4),
    Column("quant", drop=7),
    Column("build", drop=8),
    Column("GPU", least=8, drop=6),
    Column("load", least=10, drop=3),
    Column("tok/s", right=True),
    Column("TTFT p95", right=True, drop=1),
    Column("failed", right=True, drop=2),
)
"""The name stays whole: it is what other commands take."""


def runs_table(entries: Sequence[RunEntry], face: Face) -> str:
    """A row a run, bench or sweep, and a line for each that cannot be read."""
    readable = [entry for entry in entries if entry.problem is None]
    table = face.table(Table(_COLUMNS, [_row(entry) for entry in readable])) if readable else ""
    told = [f"warning: {entry.path}: {entry.problem}" for entry in entries if entry.problem is not None]
    return "\n\n".join(part for part in (table, face.prose("\n".join(told))) if part)


def baselines_text(names: Mapping[str, Sequence[Path]], *, as_json: bool) -> str:
    """What each baseline stands for; ends with a newline where there is any."""
    if as_json:
        known = {name: [str(path) for path in paths] for name, paths in names.items()}
        return json.dumps({"schema": "rocmtui.baselines/1", "baselines": known}, indent=2) + "\n"
    return "".join(f"{name}  {', '.join(map(str, paths))}\n" for name, paths in names.items())


def _row(entry: RunEntry) -> tuple[Cell, ...]:
    load = entry.load + ("" if entry.has_report else (", " if entry.load else "") + "no report")
    failed: Cell = forms.count(entry.failed)
    return (
        entry.name,
        forms.moment(entry.started_unix_ns),
        forms.model_name(entry.model),
        forms.quantization(entry.quantization),
        entry.build or DASH,
        entry.gpu or DASH,
        load or DASH if entry.has_report else Toned(load, "quiet"),
        forms.figure(entry.output_tps),
        forms.ms(entry.ttft_p95_ms),
        Toned(forms.count(entry.failed), "bad") if entry.failed else failed,
    )
