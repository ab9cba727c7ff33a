"""The JSON Schemas of bench.json and sweep.json, generated from their types."""

from __future__ import annotations

import msgspec

from rocmtui.core.bench import report as bench_report
from rocmtui.core.sweep import report as sweep_report
from tests.fakes.report_schema import schema_of

SCHEMAS: dict[str, tuple[str, type[msgspec.Struct], str]] = {
    "bench": (
        bench_report.SCHEMA,
        bench_report.BenchReport,
        "What `rocmtui bench --json` prints and a bench folder's bench.json holds.",
    ),
    "sweep": (
        sweep_report.SCHEMA,
        sweep_report.SweepReport,
        "What `rocmtui sweep --json` prints and a sweep folder's sweep.json holds.",
    ),
}
"""By the name of the file in `rocmtui/schemas`, without `.schema.json`."""


def schema_text(name: str) -> str:
    """The text of `rocmtui/schemas/NAME.schema.json`."""
    title, kind, description = SCHEMAS[name]
    schema = schema_of(kind)
    schema["$defs"][kind.__name__]["properties"]["schema"] = {"const": title}
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "description": description,
    }
    return msgspec.json.format(msgspec.json.encode({**head, **schema}), indent=2).decode() + "\n"
