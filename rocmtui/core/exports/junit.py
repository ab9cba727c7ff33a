"""A load and a sweep as JUnit XML: what a build server shows as tests."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from rocmtui.core.exports.bench import attribute, case_head
from rocmtui.core.report.document import Report
from rocmtui.core.report.exit_code import exit_code_of
from rocmtui.core.report.text import counts_text
from rocmtui.core.sweep.report import SweepReport
from rocmtui.core.sweep.text import level_line
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import ExitCode


def load_junit(report: Report) -> str:
    """A case for the run itself, and one for each SLO."""
    code = exit_code_of(report)
    fails = code not in (ExitCode.DONE, ExitCode.SLO_MISSED)
    cases = [_case("load", "requests", f"{counts_text(report)}; ended: {report.ended}", failed=fails)]
    for slo in report.slo:
        value = "no value" if slo.value is None else f"{slo.value:.6g}"
        cases.append(_case("SLO", slo.expression, value, failed=not slo.met))
    return _suite(report.label or "rocmtui load", report.measured_seconds or 0.0, report.started_at, cases)


def sweep_junit(report: SweepReport) -> str:
    """A case for each level, skipped where one could not serve like it, and one for the advice."""
    axis = report.plan.goal.axis
    cases = []
    for tried in report.levels:
        level = tried.level
        line = level.problem or level_line(level, axis)
        name = f"{axis} {level.load:g}{', second look' * level.confirms}"
        cases.append(_case("level", name, line, skipped=not level.acceptable))
    cases.append(_case("sweep", "advice", report.advice, failed=report.best is None))
    return _suite(report.plan.title or "rocmtui sweep", 0.0, report.started_at, cases)


def _case(group: str, name: str, text: str, *, failed: bool = False, skipped: bool = False) -> str:
    head = case_head(group, name)
    if failed:
        return f"{head}><failure message={attribute(text)}/></testcase>"
    if skipped:
        return f"{head}><skipped message={attribute(text)}/></testcase>"
    return f"{head}><system-out>{escape(clean_line(text, 500), quote=False)}</system-out></testcase>"


def _suite(name: str, seconds: float, started_at: str, cases: Sequence[str]) -> str:
    failures = sum("<failure" in case for case in cases)
    counts = f'tests="{len(cases)}" failures="{failures}" errors="0"'
    body = "\n".join(cases)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<testsuites {counts}>\n"
        f'<testsuite name={attribute(name)} {counts} time="{seconds:.1f}" timestamp="{started_at}">\n'
        f"{body}\n</testsuite>\n</testsuites>\n"
    )
