"""Whether a machine is at rest, so that a test may begin."""

from __future__ import annotations

import msgspec

from rocmtui.core.gpu.reading import GpuSample
from rocmtui.core.host.causes import STALLED
from rocmtui.core.host.sample import HostSample
from rocmtui.core.stats.quantiles import known
from rocmtui.core.text import forms
from rocmtui.core.text.sanitize import clean_line

BUSY_SHARE = 0.1
"""Others may keep this share of all cores busy, at least half a core."""
COOL_C = 50.0
"""A card below this is cool whatever it was at the start."""
WARMER_C = 10.0
"""How much warmer than at the start of the bench a card may be."""


class MachineReading(msgspec.Struct, frozen=True, kw_only=True):
    """The machine at one moment. None: not known."""

    load_average: float | None = None
    """Over one minute."""
    cores: int | None = None
    busy_cores: float | None = None
    """Cores kept busy by all programs but the server and rocmtui, over the last second or so."""
    hottest_c: float | None = None
    """Hottest junction of any card."""
    gpu_users: tuple[str, ...] = ()
    """Other processes that hold memory of a card."""
    stalled: float | None = None
    """Share of the time in which everything stood still for memory."""


def with_gpus(reading: MachineReading, sample: GpuSample | None) -> MachineReading:
    """The reading with what the newest GPU sample adds."""
    if sample is None or sample.stale:
        return reading
    heat = [gpu.junction_c if gpu.junction_c is not None else gpu.edge_c for gpu in sample.gpus]
    users = {clean_line(user.name, 40) for user in sample.users if not user.is_server and user.vram_bytes}
    return msgspec.structs.replace(
        reading,
        hottest_c=known(max, heat),
        gpu_users=tuple(sorted(users)),
    )


def with_host(reading: MachineReading, sample: HostSample | None) -> MachineReading:
    """The reading with what the newest sample of the host adds."""
    stalled = sample.machine.pressure.memory_full if sample is not None else None
    return msgspec.structs.replace(reading, stalled=stalled)


def unsettled(now: MachineReading, start: MachineReading) -> tuple[str, ...]:
    """Why a test should wait, against how things were when the bench began; empty: begin."""
    reasons = []
    allowed = max(0.5, BUSY_SHARE * (now.cores or 1))
    if now.busy_cores is not None and now.busy_cores > allowed:
        reasons.append(f"other programs keep {forms.cores(now.busy_cores)} cores busy")
    if now.hottest_c is not None and start.hottest_c is not None:
        limit = max(COOL_C, start.hottest_c + WARMER_C)
        if now.hottest_c > limit:
            reasons.append(
                f"a card is at {forms.celsius(now.hottest_c)}C, it began at {forms.celsius(start.hottest_c)}C"
            )
    if now.stalled is not None and now.stalled >= STALLED:
        reasons.append(
            f"memory is short: everything stands still for it {forms.share(now.stalled)} of the time"
        )
    new = [name for name in now.gpu_users if name not in start.gpu_users]
    if new:
        reasons.append(f"a card's memory is used by {', '.join(new)} since the bench began")
    return tuple(reasons)
