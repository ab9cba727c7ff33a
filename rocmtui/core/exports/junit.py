"""A load, a bench and a sweep as JUnit XML: what a build server shows as tests."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Literal

from rocmtui.core.bench.report import BenchReport
from rocmtui.core.bench.summary import SummaryRow
from rocmtui.core.report.document import Report
from rocmtui.core.report.exit_code import exit_code_of
from rocmtui.core.report.text.lines import counts_text
from rocmtui.core.sweep.report import SweepReport
from rocmtui.core.sweep.text import level_line
from rocmtui.core.text.sanitize import clean_line
from rocmtui.core.text.sizes import slots_text
from rocmtui.errors import ExitCode

Outcome = Literal["passed", "failure", "skipped", "error"]


def load_junit(report: Report) -> str:
    """A case for the run itself, and one for each SLO."""
    code = exit_code_of(report)
    outcome: Outcome = "passed" if code in (ExitCode.DONE, ExitCode.SLO_MISSED) else "failure"
    cases = [_case("load", "requests", f"{counts_text(report)}; ended: {report.ended}", outcome)]
    for slo in report.slo:
        value = "no value" if slo.value is None else f"{slo.value:.6g}"
        cases.append(_case("SLO", slo.expression, value, "passed" if slo.met else "failure"))
    return _suite(report.label or "rocmtui load", report.measured_seconds or 0.0, report.started_at, cases)


def sweep_junit(report: SweepReport) -> str:
    """A case for each level, skipped where one could not serve like it, and one for the advice."""
    axis = report.plan.goal.axis
    cases = []
    for tried in report.levels:
        level = tried.level
        line = level.problem or level_line(level, axis)
        name = f"{axis} {level.load:g}{', second look' * level.confirms}"
        cases.append(_case("level", name, line, "passed" if level.acceptable else "skipped"))
    cases.append(_case("sweep", "advice", report.advice, "failure" if report.best is None else "passed"))
    return _suite(report.plan.title or "rocmtui sweep", 0.0, report.started_at, cases)


def bench_junit(report: BenchReport, *, beyond: float = 0.0) -> str:
    """A comparison a case: worse by more than `beyond` (0.05 is 5 %) is a failure. And each setup not run."""
    cases = [_figure(row, index, report, beyond) for row in report.rows for index in range(len(row.figures))]
    for lost in report.not_run:
        group = f"{report.plan.name_of(lost.model)}.{slots_text(lost.parallel)}"
        cases.append(_case(group, f"start, {lost.variant}", lost.reason, "error"))
    return _suite(report.plan.title or "rocmtui bench", report.seconds, report.started_at, cases)


def _figure(row: SummaryRow, index: int, report: BenchReport, beyond: float) -> str:
    figure = row.figures[index]
    context = f", context {row.ctx}" if row.ctx else ""
    group = f"{report.plan.name_of(row.model)}.{slots_text(row.parallel)}{context}"
    name = f"{row.name}, {figure.variant}"
    if figure.median is None:
        return _case(group, name, figure.failure or "not measured", "skipped")
    text = f"{figure.median:.6g} {row.unit}"
    if index == 0:
        return _case(group, name, text)
    verdict = row.verdicts[index - 1]
    loss = abs(verdict.change.estimate) if verdict.change and verdict.is_regression else 0.0
    if loss > beyond:
        return _case(group, name, f"{verdict.text} than {row.figures[0].variant}", "failure")
    return _case(group, name, f"{text}; {verdict.text.replace('<', 'under ')}")


def _case(group: str, name: str, text: str, outcome: Outcome = "passed") -> str:
    if outcome == "passed":
        body = f"<system-out>{escape(clean_line(text, 500), quote=False)}</system-out>"
    else:
        body = f"<{outcome} message={_attribute(text)}/>"
    return f"<testcase classname={_attribute(group)} name={_attribute(name)}>{body}</testcase>"


def _attribute(text: str) -> str:
    return f'"{escape(clean_line(text, 500))}"'


def _suite(name: str, seconds: float, started_at: str, cases: Sequence[str]) -> str:
    failures, errors = (sum(mark in case for case in cases) for mark in ("<failure", "<error"))
    counts = f'tests="{len(cases)}" failures="{failures}" errors="{errors}"'
    body = "\n".join(cases)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<testsuites {counts}>\n"
        f'<testsuite name={_attribute(name)} {counts} time="{seconds:.1f}" timestamp="{started_at}">\n'
        f"{body}\n</testsuite>\n</testsuites>\n"
    )
