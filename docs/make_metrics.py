"""Writes docs/metrics.md from the table of metrics.

python docs/make_metrics.py
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rocmtui.core.request.metrics import REQUEST_METRICS, RUN_METRICS, Metric

_HEAD = """\
# What rocmtui measures

Times of arrival are the kernel's: Linux stamps each packet as it takes it in, and the stamp is put on the
monotonic clock, so that a client that reads late, or a machine that is busy, makes no latency longer. Where
there is no stamp (a UNIX socket, another system) it is the moment of the read; the audit counts both.
Only measured requests that completed count: no warm-up, no failure, none cut off at the end. A metric that
is not defined for a request is not counted for it; it never becomes 0. Percentiles are exact, with linear
interpolation between ranks. `rocmtui load --explain` prints this table; the names are those of `--slo` and
of `report.json`.

## Of each request
"""
_BETWEEN = """
## Of the whole run

The measured window lasts from the first measured request that was planned or attempted to the end of
measuring: the planned end of a duration, the last end of a number of requests. Outages and refused
connections lie inside it.
"""


def metrics_markdown() -> str:
    """Every metric with unit, direction and formula."""
    parts = (_HEAD, *_rows(REQUEST_METRICS), _BETWEEN, *_rows(RUN_METRICS), "")
    return "\n".join(parts)


def _rows(metrics: Iterable[Metric]) -> Iterable[str]:
    yield "| name | what | unit | better | definition |"
    yield "| --- | --- | --- | --- | --- |"
    for metric in metrics:
        better = metric.better or "–"
        yield f"| `{metric.tag}` | {metric.title} | {metric.unit} | {better} | {metric.formula} |"


if __name__ == "__main__":
    (Path(__file__).parent / "metrics.md").write_text(metrics_markdown(), encoding="utf-8")
