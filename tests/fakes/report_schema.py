"""The JSON Schema of report.json, generated from the report's own types and the table of metrics."""

from __future__ import annotations

import inspect
from typing import Any

import msgspec

from rocmtui.core.report.document import SCHEMA, Report
from rocmtui.core.request.metrics import REQUEST_METRICS


def schema_of(kind: type) -> dict[str, Any]:
    """msgspec's schema with descriptions unindented, which only Python 3.13 does to docstrings."""
    schema: dict[str, Any] = msgspec.json.schema(kind)
    for part in schema["$defs"].values():
        if "description" in part:
            part["description"] = inspect.cleandoc(part["description"])
    return schema


def report_schema() -> dict[str, Any]:
    """The schema as JSON values; it ships as `rocmtui/schemas/report.schema.json`."""
    schema = schema_of(Report)
    properties = schema["$defs"]["Report"]["properties"]
    properties["schema"] = {"const": SCHEMA}
    properties["metrics"] = {
        "type": "object",
        "description": "A metric without values is absent.",
        "additionalProperties": {"$ref": "#/$defs/Summary"},
        "properties": {
            metric.tag: {
                "allOf": [{"$ref": "#/$defs/Summary"}, {"properties": {"unit": {"const": metric.unit}}}],
                "description": f"{metric.title}: {metric.formula}",
            }
            for metric in REQUEST_METRICS
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": SCHEMA,
        "description": "What `rocmtui load --json` prints and a run folder's report.json holds.",
        **schema,
    }


def schema_text() -> str:
    """The text of the file."""
    return msgspec.json.format(msgspec.json.encode(report_schema()), indent=2).decode() + "\n"
