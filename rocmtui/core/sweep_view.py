"""A sweep while it runs: what its screen draws."""

from __future__ import annotations

from typing import Literal

import msgspec

from rocmtui.core.sweep_report import SweepPlan, TriedLevel
from rocmtui.core.work_control import WorkControl

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
