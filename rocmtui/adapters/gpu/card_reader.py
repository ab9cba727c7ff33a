"""One AMD card as the kernel's own files show it, read again and again.

Wakes no card, and lets one that nobody uses fall asleep: reading its sensors would keep it awake.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rocmtui.adapters.gpu.cards import Card, runtime_status
from rocmtui.adapters.gpu.kind import read_evidence
from rocmtui.adapters.gpu.link import LINK_FILES, link_folders, read_link
from rocmtui.adapters.gpu.sensors import SensorReading, Sensors, find_sensors, read_sensors
from rocmtui.adapters.gpu.slow import SlowFacts, read_slow
from rocmtui.adapters.gpu.values import Values
from rocmtui.adapters.machine.seldom import Seldom
from rocmtui.adapters.machine.small_file import FileReader
from rocmtui.core.gpu.fields import TOTAL_OF, parse_text
from rocmtui.core.gpu.memory.kind import KindEvidence, is_apu, is_unified
from rocmtui.core.gpu.memory.pool import Pool, choose_pool
from rocmtui.core.gpu.memory.room import pool_used_bytes
from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.gpu.sleep import ASLEEP

MEMORY_FILES = {
    "vram_total_bytes": "mem_info_vram_total",
    "vram_used_bytes": "mem_info_vram_used",
    "visible_vram_total_bytes": "mem_info_vis_vram_total",
    "visible_vram_used_bytes": "mem_info_vis_vram_used",
    "gtt_total_bytes": "mem_info_gtt_total",
    "gtt_used_bytes": "mem_info_gtt_used",
}
TOTALS = frozenset(TOTAL_OF.values())
LINK_NS = 5_000_000_000
SLOW_NS = 30_000_000_000
"""How often limits and counted errors are read; longer than a card takes to fall asleep."""
RESTING_BYTES = 512 << 20
"""A card with less VRAM in use, no display and leave to sleep is resting."""
RESTING_NS = 20_000_000_000
"""How often a resting card's sensors are read: the driver lets it sleep after 5 s without."""


class CardReader:
    """Keeps what of its card does not change, and for a while what changes seldom."""

    def __init__(self, card: Card, files: FileReader, folder: str, names: Sequence[str]) -> None:
        """Of the `names` in `folder` some are its connectors: a display may be at one."""
        self.card = card
        self._files = files
        self._outputs = [f"{folder}/{name}" for name in names if name.startswith(f"{card.card}-")]
        self._totals: dict[str, float] = {}
        self._kind: KindEvidence | None = None
        self._sensors: Sensors | None = None
        self._sensed = SensorReading()
        self._sensed_ns: int | None = None
        self._slow = Seldom[SlowFacts](SLOW_NS)
        self._link = Seldom[dict[str, object]](LINK_NS)

    def read(self, index: int, now_ns: int, *, sensors: bool, links: bool, may_rest: bool) -> GpuReading:
        """The card now; one that `may_rest` is not kept from falling asleep."""
        card = self.card
        status = runtime_status(self._files, card.device)
        values = Values(self._files, card.device)
        self._read_memory(values)
        asleep = status in ASLEEP
        seen = self._evidence(asleep=asleep)
        apu = is_apu(seen)
        sensed, slow, link = SensorReading(), SlowFacts(), dict[str, object]()
        if sensors and not asleep:
            sensed = self._sense(values, now_ns, may_rest and not apu)
            slow = self._slow.at(now_ns, lambda: read_slow(self._files, card.device, self._found_sensors()))
        if links and not asleep:
            link = self._link.at(now_ns, lambda: read_link(self._files, link_folders(card.device)))
        values.take_all(sensed.fields, sensed.sources)
        values.take_all(slow.fields, slow.sources)
        values.sources.update({name: f"sysfs {file}" for name, file in LINK_FILES.items() if link.get(name)})
        pool = self._pool(seen, values)
        values.take("pool_bytes", pool.size_bytes, pool.source)
        reading = msgspec.convert(
            {
                **values.fields,
                **card.fixed(),
                "index": index,
                "kind": "apu" if apu else "discrete",
                "is_unified": is_unified(seen),
                "pool": pool.kind,
                "throttle": sensed.throttle,
                **link,
                "compute_partition": slow.compute_partition,
                "memory_partition": slow.memory_partition,
                "runtime_status": status,
                "sources": {**card.sources(), **values.sources},
            },
            GpuReading,
        )
        return msgspec.structs.replace(reading, pool_used_bytes=pool_used_bytes(reading))

    def _pool(self, seen: KindEvidence, values: Values) -> Pool:
        return choose_pool(
            is_apu=is_apu(seen),
            heap_bytes=seen.heap_bytes if len(self.card.nodes) == 1 else None,
            vram_bytes=values.number("vram_total_bytes"),
            gtt_bytes=values.number("gtt_total_bytes"),
            only_system=is_unified(seen) or seen.heap_is_system,
        )

    def _read_memory(self, values: Values) -> None:
        """How much there is does not change while the driver runs, so it is read once."""
        for field, file in MEMORY_FILES.items():
            source = f"sysfs {file}"
            values.take(field, self._totals.get(field), source)
            values.read(field, file, source)
            if field in TOTALS and field in values.fields:
                self._totals[field] = values.fields[field]
        values.drop_overfull()

    def _evidence(self, *, asleep: bool) -> KindEvidence:
        """What tells an APU, gathered once; of a card that sleeps what can be told without waking it."""
        if self._kind is not None:
            return self._kind
        north_bridge = not asleep and self._found_sensors().has_north_bridge
        seen = read_evidence(self._files, self.card, north_bridge=north_bridge, awake=False)
        if not asleep and not is_apu(seen):
            seen = read_evidence(self._files, self.card, north_bridge=north_bridge, awake=True)
        if not asleep:
            self._kind = seen
        return seen

    def _sense(self, memory: Values, now_ns: int, may_rest: bool) -> SensorReading:
        """The sensors of an awake card; of a resting one those of its last reading for a while."""
        is_new = self._sensed_ns is not None and now_ns - self._sensed_ns < RESTING_NS
        if not (is_new and may_rest and self._is_resting(memory)):
            self._sensed_ns = now_ns
            self._sensed = read_sensors(
                self._files, self.card.device, self._found_sensors(), self._sensed.metrics
            )
        return self._sensed

    def _found_sensors(self) -> Sensors:
        if self._sensors is None:
            self._sensors = find_sensors(self._files, self.card.device)
        return self._sensors

    def _is_resting(self, memory: Values) -> bool:
        if (memory.number("vram_used_bytes") or RESTING_BYTES) >= RESTING_BYTES:
            return False
        if parse_text(self._files.read(f"{self.card.device}/power/control"), 8) != "auto":
            return False
        return all(parse_text(self._files.read(f"{name}/enabled"), 10) != "enabled" for name in self._outputs)
