"""The exit code a run ends in."""

from __future__ import annotations

from rocmtui.core.report.document import FAILED, INCOMPLETE, Report
from rocmtui.errors import ExitCode

USUAL_LIMIT = 0.5
"""More failures than this are no success, where --max-error-rate does not say how many are."""


def exit_code_of(report: Report) -> ExitCode:
    """What the process tells its caller of a run: the worst that is true of it."""
    counts = report.requests
    asked = report.scenario.max_error_rate if report.scenario else None
    limit = USUAL_LIMIT if asked is None else asked
    if report.ended == "interrupted":
        return ExitCode.INTERRUPTED
    if report.ended == "server_gone":
        return ExitCode.SERVER
    if report.nonsense and report.slo and counts.completed:
        return ExitCode.SLO_MISSED
    if (
        counts.completed == counts.empty
        or report.ended in ("error_rate", FAILED, INCOMPLETE)
        or (counts.error_rate or 0.0) > limit
    ):
        return ExitCode.NOTHING_COMPLETED
    if any(not slo.met for slo in report.slo):
        return ExitCode.SLO_MISSED
    return ExitCode.DONE
