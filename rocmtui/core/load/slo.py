"""Service level objectives: a small grammar, and judging figures by it.

    METRIC_STATISTIC OP NUMBER UNIT     ttft_p95<500ms    itl_mean<=20ms    queue_wait_max<2s
    METRIC OP NUMBER UNIT               output_tps>=200   error_rate<1%     goodput>2

Statistics: mean, min, max, p50 ... p99.9. OP: < <= > >=. Units: ms, s, us for times (never left out),
% for error_rate; the others need none.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from typing import NoReturn

import msgspec

from rocmtui.core.request.metrics import METRICS, REQUEST_METRICS, RequestValue
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.stats.histogram import Histogram
from rocmtui.core.text import forms
from rocmtui.core.text.late_regex import LateRegex
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import UsageError

_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TO_METRIC_UNIT: dict[str, dict[str, float]] = {
    "ms": {"ms": 1.0, "s": 1000.0, "us": 0.001, "µs": 0.001},
    "tok": {"": 1.0, "tok": 1.0},
    "tok/s": {"": 1.0, "tok/s": 1.0},
    "req/s": {"": 1.0, "req/s": 1.0, "/s": 1.0},
    "inputs/s": {"": 1.0, "inputs/s": 1.0, "/s": 1.0},
    "fraction": {"": 1.0, "%": 0.01},
}
_PARTS = LateRegex(
    r"\s*(?P<name>[A-Za-z0-9_.]*)\s*(?P<op>[<>=!]*)\s*(?P<number>[-+]?[0-9]*\.?[0-9]*)\s*(?P<unit>.*?)\s*$"
)
_PERCENTILE = LateRegex(r"p([0-9]{1,2}(?:\.[0-9]+)?)")
_REQUEST_TAGS = {metric.tag for metric in REQUEST_METRICS}


class Slo(msgspec.Struct, frozen=True, kw_only=True):
    """One objective, understood."""

    expression: str
    tag: str
    statistic: str | None
    """`mean`, `min`, `max` or a percentile; None for figures of a whole run."""
    quantile: float | None
    """0 to 1 when the statistic is a percentile."""
    op: str
    threshold: float
    """In the metric's own unit."""

    def holds(self, value: float) -> bool:
        """Whether a figure, in the metric's unit, is within the objective."""
        return _OPERATORS[self.op](value, self.threshold)

    def request_value(self) -> RequestValue | None:
        """How to read the metric from one request; None where it has no value per request."""
        return METRICS[self.tag].value

    def value_of(
        self, histograms: Mapping[str, Histogram], figures: Mapping[str, float | None], missing: int = 0
    ) -> float | None:
        """The figure now, from live histograms by tag and run figures by tag; None while there is none.

        `missing` requests have no value because they failed: see `rank`.
        """
        if self.statistic is None:
            return figures.get(self.tag)
        histogram = histograms.get(self.tag)
        if histogram is None:
            return None
        if (rank := self.rank(histogram.count, missing)) is not None:
            return histogram.quantile(rank)
        statistics = {"mean": histogram.mean, "min": histogram.min}
        return statistics.get(self.statistic)

    def rank(self, count: int, missing: int) -> float | None:
        """Which quantile of `count` values is the one asked for when `missing` more are worse than any.

        A failed request is later than any limit, and no speed at all. None: one of the missing themselves,
        or no percentile (nor `max`, the last one) was asked for.
        """
        wanted = 1.0 if self.statistic == "max" else self.quantile
        if wanted is None or not count:
            return None
        position = wanted * (count + missing - 1)
        if METRICS[self.tag].better == "higher":
            position -= missing
        return position / max(count - 1, 1) if 0 <= position <= count - 1 else None


def parse_slo(expression: str) -> Slo:
    """Read one objective. Raises UsageError with a caret under the mistake."""
    parts = _PARTS.match(expression)
    if parts is None:
        _refuse(expression, 0, len(expression), "cannot read it", "write it as ttft_p95<500ms")
    tag, statistic, quantile = _metric_and_statistic(expression, parts)
    if parts["op"] not in _OPERATORS:
        found = f"{parts['op']!r} is no comparison" if parts["op"] else "a comparison is missing"
        _refuse(expression, *parts.span("op"), found, "use <, <=, > or >=")
    return Slo(
        expression=expression.strip(),
        tag=tag,
        statistic=statistic,
        quantile=quantile,
        op=parts["op"],
        threshold=_threshold(expression, parts, METRICS[tag].unit),
    )


def within_all(record: RequestRecord, slos: Iterable[Slo]) -> bool:
    """Whether one request is within every objective that has a value per request.

    The statistic is left aside: `ttft_p95<500ms` asks of each request a TTFT under 500 ms. A metric that
    is undefined for the request breaks nothing; one that failed or brought no token is within none.
    """
    if not record.completed or record.empty:
        return False
    for slo in slos:
        reader = slo.request_value()
        value = reader(record) if reader else None
        if value is not None and not slo.holds(value):
            return False
    return True


def _metric_and_statistic(expression: str, parts: re.Match[str]) -> tuple[str, str | None, float | None]:
    name, (start, end) = parts["name"], parts.span("name")
    if not name:
        _refuse(expression, start, end, "a metric is missing", "write it as ttft_p95<500ms")
    if name in METRICS and name not in _REQUEST_TAGS:
        return name, None, None
    tag, _, statistic = name.rpartition("_")
    if name in _REQUEST_TAGS:
        _refuse(expression, end, end, f"{name} needs a statistic", f"such as {name}_p95 or {name}_mean")
    if tag not in _REQUEST_TAGS:
        _refuse_metric(expression, name, start, end)
    if statistic in ("mean", "min", "max"):
        return tag, statistic, None
    percentile = _PERCENTILE.fullmatch(statistic)
    if percentile is None or float(percentile[1]) == 0:
        found, use = f"{statistic!r} is no statistic", "use mean, min, max or p50 ... p99.9"
        _refuse(expression, start + len(tag) + 1, end, found, use)
    return tag, statistic, float(percentile[1]) / 100


def _refuse_metric(expression: str, name: str, start: int, end: int) -> NoReturn:
    run_tag, _, statistic = name.rpartition("_")
    if run_tag in METRICS and (statistic in ("mean", "min", "max") or _PERCENTILE.fullmatch(statistic)):
        found, use = f"{run_tag} is one figure of the whole run", f"write {run_tag} alone"
        _refuse(expression, start + len(run_tag), end, found, use)
    from difflib import get_close_matches

    close = [near for word in (name, run_tag) for near in get_close_matches(word, METRICS, 1, 0.5)]
    remedy = f"did you mean {close[0]}?" if close else "metrics: " + ", ".join(METRICS)
    _refuse(expression, start, end, f"no metric {name!r}", remedy)


def _threshold(expression: str, parts: re.Match[str], unit: str) -> float:
    try:
        number = float(parts["number"])
    except ValueError:
        _refuse(expression, *parts.span("number"), "a number is missing", "write it as ttft_p95<500ms")
    if number < 0:
        _refuse(expression, *parts.span("number"), "the number is negative", "use a positive one")
    factors = _TO_METRIC_UNIT[unit]
    if parts["unit"] not in factors:
        known = ", ".join(filter(None, factors))
        found = f"{parts['unit']!r} is no unit of it" if parts["unit"] else "a unit is missing"
        _refuse(expression, *parts.span("unit"), found, f"use {known}")
    return number * factors[parts["unit"]]


def _refuse(expression: str, start: int, end: int, what: str, remedy: str) -> NoReturn:
    caret = " " * start + "^" * max(end - start, 1)
    shown = clean_line(expression.replace("\t", " "), 200)
    raise UsageError(f"--slo: {what}: {remedy}\n  {shown}\n  {caret[:202]}")


def value_text(expression: str, value: float | None) -> str:
    """A value in the unit of the metric the expression begins with."""
    name = re.split(r"[<>=]", expression, maxsplit=1)[0].strip()
    metric = METRICS.get(name) or METRICS.get(name.rpartition("_")[0])
    return forms.with_unit(value, metric.unit if metric is not None else "")
