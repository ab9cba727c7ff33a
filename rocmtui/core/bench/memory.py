"""What each setup of a bench took: seconds to load, VRAM before, loaded, at peak and given back."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from rocmtui.core.bench.plan.cells import BenchPlan, Setup, setups
from rocmtui.core.bench.result import BenchResults, StartResult
from rocmtui.core.stats.quantiles import known, median


class MemoryRow(msgspec.Struct, frozen=True, kw_only=True):
    """One setup, over its starts that succeeded; VRAM summed over the cards. None: not known."""

    model: str
    ctx: int | None
    parallel: int
    variant: str
    starts: int
    load_seconds: float | None = None
    """Median."""
    vram_before_bytes: float | None = None
    """Median in use before the server started, by whomever."""
    vram_loaded_bytes: float | None = None
    """Median rise from before the start to the model being loaded."""
    vram_peak_bytes: float | None = None
    """Highest rise while its tests ran."""
    vram_kept_bytes: float | None = None
    """Highest rise still there after its stop: what was not given back."""
    kv_bytes: float | None = None
    """Key-value cache of all slots, as the server says."""
    vram_per_slot_bytes: float | None = None
    """Rise a slot, against the same setup with the fewest slots."""


def memory_rows(plan: BenchPlan, results: BenchResults) -> tuple[MemoryRow, ...]:
    """A row for each setup that was started."""
    rows = {setup: _row(setup, results.starts_of(setup)) for setup in setups(plan)}
    fewest = {setup: rows.get(replace(setup, parallel=min(plan.parallel))) for setup in rows}
    return tuple(
        replace(row, vram_per_slot_bytes=_per_slot(row, fewest[setup]))
        for setup, row in rows.items()
        if row is not None
    )


def _row(setup: Setup, starts: Sequence[StartResult]) -> MemoryRow | None:
    good = [start for start in starts if start.load_seconds is not None]
    if not good:
        return None
    caches: list[float | None] = [sum(device.kv_bytes for device in start.memory) or None for start in good]
    return MemoryRow(
        **setup.place,
        parallel=setup.parallel,
        starts=len(good),
        load_seconds=known(median, [start.load_seconds for start in good]),
        vram_before_bytes=known(median, [_over_cards(start, "vram_before_bytes") for start in good]),
        vram_loaded_bytes=known(median, _rises(good, "vram_loaded_bytes")),
        vram_peak_bytes=known(max, _rises(good, "vram_peak_bytes")),
        vram_kept_bytes=known(max, _rises(good, "vram_after_bytes")),
        kv_bytes=known(median, caches),
    )


def _rises(starts: Sequence[StartResult], field: str) -> list[float | None]:
    """Of each start, how much more was in use than before it."""
    return [_over_cards(start, field, above="vram_before_bytes") for start in starts]


def _over_cards(start: StartResult, field: str, above: str | None = None) -> float | None:
    """The sum over the cards that know it, less the field `above` where one is named."""
    pairs = [(getattr(gpu, field), getattr(gpu, above) if above else 0) for gpu in start.gpu]
    return known(sum, [None if None in pair else pair[0] - pair[1] for pair in pairs])


def _per_slot(row: MemoryRow, fewest: MemoryRow | None) -> float | None:
    if fewest is None or row.parallel == fewest.parallel:
        return None
    if row.vram_loaded_bytes is None or fewest.vram_loaded_bytes is None:
        return None
    return (row.vram_loaded_bytes - fewest.vram_loaded_bytes) / (row.parallel - fewest.parallel)
