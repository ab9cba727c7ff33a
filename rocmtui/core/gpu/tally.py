"""Sums one card up over a run, sample by sample, in constant memory."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from rocmtui.core.gpu.reading import GpuReading, GpuSample, GpuSummary, MemoryUser
from rocmtui.core.stats.quantiles import known, mean

_CARD = ("pci", "name", "kind", "gfx", "driver", "vram_total_bytes", "power_cap_watts")
_LINK = ("link_speed", "link_width", "link_max_speed", "link_max_width", "link_narrowed_at")
"""Told as the newest sample says, or the last one that was measured."""
LONGEST_GAP_NS = 5_000_000_000
"""Between two samples further apart the power is not known."""


SERVER_BYTES = 64 << 20
"""A server that holds less of a card does not work on it."""


def server_busy(sample: GpuSample) -> float | None:
    """Share of the time that the cards of the server were busy; None: it has none, or it is not known."""
    held: dict[str, int] = {}
    for user in sample.users:
        if user.is_server:
            held[user.pci] = held.get(user.pci, 0) + (user.vram_bytes or 0) + (user.gtt_bytes or 0)
    cards = [gpu for gpu in sample.gpus if held.get(gpu.pci, 0) >= SERVER_BYTES]
    busy = known(mean, (gpu.busy_percent for gpu in cards))
    return None if busy is None else busy / 100


class MemoryMarks(msgspec.Struct):
    """A card's use at the turning points of a server's life, as GpuSummary has it."""

    vram_before_bytes: int | None = None
    gtt_before_bytes: int | None = None
    vram_loaded_bytes: int | None = None
    vram_after_bytes: int | None = None


class Windows(msgspec.Struct):
    """The measured parts of a run, in monotonic nanoseconds: one opens after the other has closed."""

    closed_ns: int = 0
    """Length of those that have closed."""
    begin_ns: int | None = None
    end_ns: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether requests are being measured now."""
        return self.begin_ns is not None and self.end_ns is None

    def open(self, at_ns: int) -> None:
        """Measuring begins."""
        if self.begin_ns is not None and self.end_ns is not None:
            self.closed_ns += self.end_ns - self.begin_ns
        self.begin_ns, self.end_ns = at_ns, None

    def close(self, at_ns: int) -> None:
        """Measuring ends."""
        if self.is_open:
            self.end_ns = at_ns

    def length_ns(self, now_ns: int) -> int:
        """Of all together."""
        if self.begin_ns is None:
            return self.closed_ns
        return self.closed_ns + max((self.end_ns or now_ns) - self.begin_ns, 0)

    def overlap_ns(self, since_ns: int, until_ns: int) -> int:
        """How much of the time between two moments lies in the newest."""
        if self.begin_ns is None:
            return 0
        until = until_ns if self.end_ns is None else min(until_ns, self.end_ns)
        return max(until - max(since_ns, self.begin_ns), 0)

    def has(self, at_ns: int) -> bool:
        """Whether a moment lies in the newest."""
        return self.begin_ns is not None and self.overlap_ns(at_ns, at_ns + 1) > 0


class CardTally:
    """One card from a start on; the figures of power, heat and clocks are of the measured window alone."""

    def __init__(self, marks: MemoryMarks, before: CardTally | None = None) -> None:
        """`before`: the tally whose newest sample counts as the one before the first here."""
        self.marks = marks
        self.windows = Windows()
        self._peaks: dict[str, Any] = {}
        """By field of GpuSummary."""
        self._joules, self._power_ns = 0.0, 0
        self._busy_sum, self._busy_count = 0.0, 0
        self._first: GpuReading | None = None
        self._last: GpuReading | None = None
        self._newest: tuple[int, GpuReading] | None = before._newest if before else None
        self._throttle: dict[str, None] = {}
        self._throttled, self._measured, self._samples = 0, 0, 0

    def observe(
        self, at_ns: int, gpu: GpuReading, users: Iterable[MemoryUser] = (), spill_peak: int | None = None
    ) -> None:
        """Take one sample; times ascend."""
        self._samples += 1
        held = (user.vram_bytes for user in users if user.is_server and user.pci == gpu.pci)
        self._peak("server_vram_peak_bytes", known(sum, held))
        self._peak("vram_peak_bytes", gpu.vram_used_bytes)
        self._peak("gtt_peak_bytes", gpu.gtt_used_bytes)
        self._peak("spill_peak_bytes", spill_peak)
        self._throttle.update(dict.fromkeys(gpu.throttle))
        self._add_energy(at_ns, gpu)
        if self.windows.has(at_ns):
            self._measure(gpu)
        self._newest = (at_ns, gpu)

    def summary(self, output_tokens: int | None = None) -> GpuSummary | None:
        """The card so far; None before its first sample. Energy is mean power times measured time."""
        if self._newest is None or not self._samples:
            return None
        newest_ns, gpu = self._newest
        first, last = self._first or _nothing(gpu), self._last or _nothing(gpu)
        watts = self._joules / (self._power_ns / 1e9) if self._power_ns else None
        energy = None if watts is None else watts * self.windows.length_ns(newest_ns) / 1e9
        works = self._peaks.get("server_vram_peak_bytes") != 0  # as far as can be told
        return GpuSummary(
            **msgspec.structs.asdict(self.marks),
            **self._peaks,
            power_mean_watts=watts,
            energy_joules=energy,
            tokens_per_joule=output_tokens / energy if output_tokens and energy and works else None,
            busy_mean_percent=self._busy_sum / self._busy_count if self._busy_count else None,
            edge_start_c=first.edge_c,
            edge_end_c=last.edge_c,
            junction_start_c=first.junction_c,
            junction_end_c=last.junction_c,
            sclk_start_hz=first.sclk_hz,
            sclk_end_hz=last.sclk_hz,
            throttle=tuple(self._throttle),
            throttled_fraction=self._throttled / self._measured if self._measured else None,
            samples=self._samples,
            **{name: getattr(gpu, name) for name in _CARD},
            **{name: getattr(last, name) for name in _LINK},
        )

    def _peak(self, name: str, value: float | None) -> None:
        if value is not None:
            self._peaks[name] = max(value, self._peaks.get(name, value))

    def _add_energy(self, at_ns: int, gpu: GpuReading) -> None:
        if self._newest is None or gpu.power_watts is None:
            return
        since_ns, before = self._newest
        if before.power_watts is None or at_ns - since_ns > LONGEST_GAP_NS:
            return
        counted_ns = self.windows.overlap_ns(since_ns, at_ns)
        self._joules += (before.power_watts + gpu.power_watts) / 2 * counted_ns / 1e9
        self._power_ns += counted_ns

    def _measure(self, gpu: GpuReading) -> None:
        self._measured += 1
        self._throttled += bool(gpu.throttle)
        self._first = self._first or gpu
        self._last = gpu
        self._peak("power_peak_watts", gpu.power_watts)
        self._peak("junction_peak_c", gpu.junction_c)
        self._peak("memory_peak_c", gpu.memory_c)
        if gpu.busy_percent is not None:
            self._busy_sum += gpu.busy_percent
            self._busy_count += 1


def _nothing(gpu: GpuReading) -> GpuReading:
    return GpuReading(pci=gpu.pci, name=gpu.name)
