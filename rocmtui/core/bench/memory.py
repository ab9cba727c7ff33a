"""What each setup of a bench took: seconds to load, VRAM before, loaded, at peak and given back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from rocmtui.core.bench.plan.cells import BenchPlan, Setup, setups
from rocmtui.core.bench.result import BenchResults, StartResult
from rocmtui.core.gpu.reading import GpuSummary
from rocmtui.core.stats.quantiles import median


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
    rows = {
        setup: _row(setup, results.starts_of(setup)) for model in plan.models for setup in setups(plan, model)
    }
    return tuple(
        msgspec.structs.replace(row, vram_per_slot_bytes=_per_slot(row, rows.get(_fewest(plan, setup))))
        for setup, row in rows.items()
        if row is not None
    )


def _fewest(plan: BenchPlan, setup: Setup) -> Setup:
    return msgspec.structs.replace(setup, parallel=min(plan.parallel))


def _row(setup: Setup, starts: Sequence[StartResult]) -> MemoryRow | None:
    good = [start for start in starts if start.load_seconds is not None]
    if not good:
        return None
    return MemoryRow(
        model=setup.model,
        ctx=setup.ctx,
        parallel=setup.parallel,
        variant=setup.variant.label,
        starts=len(good),
        load_seconds=median(start.load_seconds for start in good if start.load_seconds is not None),
        vram_before_bytes=_median(_over_cards(start.gpu, _before) for start in good),
        vram_loaded_bytes=_median(_over_cards(start.gpu, _rise("vram_loaded_bytes")) for start in good),
        vram_peak_bytes=_highest(_over_cards(start.gpu, _rise("vram_peak_bytes")) for start in good),
        vram_kept_bytes=_highest(_over_cards(start.gpu, _rise("vram_after_bytes")) for start in good),
        kv_bytes=_median(_kv(start) for start in good),
    )


def _before(gpu: GpuSummary) -> float | None:
    return gpu.vram_before_bytes


def _rise(field: str) -> Callable[[GpuSummary], float | None]:
    def rise(gpu: GpuSummary) -> float | None:
        then: int | None = getattr(gpu, field)
        return None if then is None or gpu.vram_before_bytes is None else then - gpu.vram_before_bytes

    return rise


def _over_cards(cards: Iterable[GpuSummary], read: Callable[[GpuSummary], float | None]) -> float | None:
    known = [value for value in map(read, cards) if value is not None]
    return sum(known) if known else None


def _kv(start: StartResult) -> float | None:
    held = sum(device.kv_bytes for device in start.memory)
    return held or None


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _highest(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _per_slot(row: MemoryRow, fewest: MemoryRow | None) -> float | None:
    if fewest is None or row.parallel == fewest.parallel:
        return None
    if row.vram_loaded_bytes is None or fewest.vram_loaded_bytes is None:
        return None
    return (row.vram_loaded_bytes - fewest.vram_loaded_bytes) / (row.parallel - fewest.parallel)
