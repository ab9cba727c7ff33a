"""Which earlier run a run may be held against without a word of warning."""

from __future__ import annotations

import msgspec

from rocmtui.core.compare.conditions import mismatches, run_conditions
from rocmtui.core.report.document import Report


def is_like(report: Report, earlier: Report) -> bool:
    """Whether both measured the same load on the same model and machine, with as many slots.

    Build, flags and driver may differ: they are what one wants to see the effect of. How long it was
    measured may differ too where nobody set it.
    """
    if not report.requests.completed or not earlier.requests.completed:
        return False
    new, old = (
        msgspec.structs.replace(run_conditions(one), measured_seconds=None, measured_requests=None)
        for one in (report, earlier)
    )
    same = all(new.settings.get(name) == old.settings.get(name) for name in ("slots", "context"))
    return same and bool(new.models) and not mismatches(new, old)
