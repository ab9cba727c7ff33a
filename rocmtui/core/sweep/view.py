"""A sweep while it runs: what its screen draws."""

from __future__ import annotations

from typing import Literal

import msgspec

from rocmtui.core.session.work_control import WorkControl
from rocmtui.core.sweep.report import SweepPlan, TriedLevel

SweepPhase = Literal["running", "done", "interrupted"]


class SweepView(msgspec.Struct, frozen=True, kw_only=True):
    """All of a sweep at one moment; a new one on every change."""

    plan: SweepPlan
    phase: SweepPhase = "running"
    load: float | None = None
    """The load under way."""
    tried: tuple[TriedLevel, ...] = ()
    best: float | None = None
    """Of what was tried so far."""
    advice: str = ""


SweepControl = WorkControl[SweepView]
"""A sweep as the app holds it."""
