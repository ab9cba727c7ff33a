"""ROCm's own list of devices (KFD topology), read from its text files."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class KfdNode(msgspec.Struct, frozen=True, kw_only=True):
    """One GPU (or one partition of it) as ROCm sees it."""

    node: int
    gpu_id: int
    """Key of this device in /sys/class/kfd/kfd/proc/<pid>/vram_<gpu_id>."""
    gfx: str | None
    domain: int
    location_id: int
    """Bus << 8 | device << 3 | function; the function counts partitions on MI300."""
    unique_id: int = 0
    heap_bytes: int | None = None
    """What ROCm allocates from on this device."""

    @property
    def pci(self) -> str:
        """Address of the card it belongs to; partitions are no PCI functions."""
        bus, device = self.location_id >> 8 & 0xFF, self.location_id >> 3 & 0x1F
        return f"{self.domain:04x}:{bus:02x}:{device:02x}.0"


def parse_properties(data: bytes | None) -> dict[str, int]:
    """The `name number` lines of a KFD properties file; other lines are left out."""
    properties = {}
    for line in (data or b"").replace(b"\0", b"").splitlines():
        name, _, value = line.decode("ascii", "replace").partition(" ")
        if value.isascii() and value.isdigit() and len(value) <= 20:
            properties[name] = int(value)
    return properties


def parse_node(node: int, gpu_id: int, properties: dict[str, int], heap: int | None) -> KfdNode | None:
    """The GPU of a node; None for a CPU node or one without a PCI address."""
    if not properties.get("simd_count") or not properties.get("location_id"):
        return None
    return KfdNode(
        node=node,
        gpu_id=gpu_id,
        gfx=gfx_name(properties.get("gfx_target_version", 0)),
        domain=properties.get("domain", 0),
        location_id=properties["location_id"],
        unique_id=properties.get("unique_id", 0),
        heap_bytes=heap,
    )


def gfx_name(version: int) -> str | None:
    """KFD's gfx_target_version as ROCm spells it: 110001 is gfx1101, 90402 gfx942, 90010 gfx90a."""
    if not 70000 <= version <= 999999:
        return None
    major, minor, step = version // 10000, version // 100 % 100, version % 100
    return f"gfx{major}{minor:x}{step:x}"


def nodes_by_card(nodes: Iterable[KfdNode]) -> dict[str, tuple[KfdNode, ...]]:
    """PCI address of a card to its nodes: more than one where the card is partitioned."""
    cards: dict[str, list[KfdNode]] = {}
    for node in sorted(nodes, key=lambda node: (node.domain, node.location_id, node.node)):
        cards.setdefault(node.pci, []).append(node)
    return {pci: tuple(members) for pci, members in cards.items()}


def partition_lines(nodes: tuple[KfdNode, ...]) -> tuple[str, ...]:
    """One line a partition of a card; none where the card is whole."""
    if len(nodes) < 2:
        return ()
    return tuple(
        f"{node.gfx or 'GPU'} partition {number}"
        + (f": {node.heap_bytes / (1 << 30):.1f} GiB" if node.heap_bytes else "")
        for number, node in enumerate(nodes)
    )
