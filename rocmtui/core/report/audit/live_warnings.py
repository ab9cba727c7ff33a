"""Reasons to read the live figures with care, while the load runs."""

from __future__ import annotations

from collections.abc import Sequence

from rocmtui.core.load.scenario import Scenario
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.report.audit.stamps import OWN_LIMIT
from rocmtui.core.report.audit.warnings import CACHED_LIMIT, CPU_LIMIT, LAG_LIMIT_MS
from rocmtui.core.text import forms


def live_warnings(snapshots: Sequence[LiveSnapshot], scenario: Scenario) -> tuple[str, ...]:
    """What the snapshots of the load processes (one each) give reason to say, worst first."""
    checks = (_busy(snapshots), _late(snapshots), _cached(snapshots, scenario))
    return tuple(text for text in checks if text)


def _busy(snapshots: Sequence[LiveSnapshot]) -> str | None:
    share = max((s.client_cpu_fraction or 0.0 for s in snapshots), default=0.0)
    return f"the client uses {forms.share(share)} of a core: raise --processes" if share > CPU_LIMIT else None


def _late(snapshots: Sequence[LiveSnapshot]) -> str | None:
    kernel, own = (sum(getattr(s, name) for s in snapshots) for name in ("kernel_stamps", "own_stamps"))
    if kernel and own <= OWN_LIMIT * (kernel + own):
        return None  # what came was stamped by the kernel, however late it was read
    lag = max((s.loop_lag_ms_p99 or 0.0 for s in snapshots), default=0.0)
    late = f"the client runs late by {forms.ms(lag)} at p99: is the machine busy?"
    return late if lag > LAG_LIMIT_MS else None


def _cached(snapshots: Sequence[LiveSnapshot], scenario: Scenario) -> str | None:
    prompt = sum(s.prompt_tokens for s in snapshots)
    share = sum(s.cached_tokens for s in snapshots) / prompt if prompt else 0.0
    if scenario.cache_prompt or share <= CACHED_LIMIT:
        return None
    return f"{forms.share(share)} of the prompt tokens come from the server's cache"
