"""Gathers what tells an APU from a card of its own. Asks the firmware only where nothing else tells."""

from __future__ import annotations

from rocmtui.adapters.gpu.cards import Card
from rocmtui.adapters.machine.small_file import FileReader
from rocmtui.core.gpu.fields import parse_int
from rocmtui.core.gpu.memory.kind import KindEvidence
from rocmtui.core.gpu.metrics.table import HEADER_BYTES, table_kind


def read_evidence(reader: FileReader, card: Card, *, north_bridge: bool, awake: bool) -> KindEvidence:
    """`north_bridge`: its hwmon measures one; `awake`: gpu_metrics may be read, which asks the firmware."""
    node = card.nodes[0] if card.nodes else None
    metrics = reader.read(f"{card.device}/gpu_metrics", HEADER_BYTES) if awake else None
    return KindEvidence(
        device_id=card.device_id,
        name=card.name,
        measures_north_bridge=north_bridge,
        metrics_kind=table_kind(metrics or b""),
        shares_cpu_node=node is not None and node.has_cpu_cores,
        heap_bytes=node.heap_bytes if node else None,
        heap_is_system=node is not None and node.heap_is_system,
        vram_bytes=parse_int(reader.read(f"{card.device}/mem_info_vram_total")),
        gtt_bytes=parse_int(reader.read(f"{card.device}/mem_info_gtt_total")),
    )
