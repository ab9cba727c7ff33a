"""ROCm's own list of devices (KFD topology), read from its text files."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from rocmtui.core.host.cgroup import counters
from rocmtui.core.text import forms

SYSTEM_HEAP = 0
"""heap_type of memory that is the machine's; 1 and 2 are VRAM the CPU sees or does not."""


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
    heap_is_system: bool = False
    """It has no heap of its own."""
    render_minor: int | None = None
    """`renderD<minor>` of this device."""
    has_cpu_cores: bool = False

    @property
    def pci(self) -> str:
        """Address of its card; the function of a partition counts partitions and is no PCI function."""
        return self._address(self.location_id & 7)

    @property
    def slot(self) -> str:
        """The same with function 0."""
        return self._address(0)

    def _address(self, function: int) -> str:
        bus, device = self.location_id >> 8 & 0xFF, self.location_id >> 3 & 0x1F
        return f"{self.domain:04x}:{bus:02x}:{device:02x}.{function}"


def parse_properties(data: bytes | None) -> dict[str, int]:
    """The `name number` lines of a KFD properties file; other lines are left out."""
    return counters((data or b"").replace(b"\0", b"").decode("ascii", "replace"))


def parse_node(
    node: int, gpu_id: int, properties: dict[str, int], banks: Iterable[dict[str, int]]
) -> KfdNode | None:
    """The GPU of a node; None for a CPU node or one that does not say where it is."""
    if not properties.get("simd_count") or "location_id" not in properties:
        return None
    known = [(bank.get("heap_type"), bank["size_in_bytes"]) for bank in banks if "size_in_bytes" in bank]
    own = [size for kind, size in known if kind != SYSTEM_HEAP]
    sizes = own or [size for _, size in known]
    return KfdNode(
        node=node,
        gpu_id=gpu_id,
        gfx=gfx_name(properties.get("gfx_target_version", 0)),
        domain=properties.get("domain", 0),
        location_id=properties["location_id"],
        unique_id=properties.get("unique_id", 0),
        heap_bytes=sum(sizes) if sizes else None,
        heap_is_system=bool(sizes) and not own,
        render_minor=properties.get("drm_render_minor") or None,
        has_cpu_cores=bool(properties.get("cpu_cores_count")),
    )


def gfx_name(version: int) -> str | None:
    """KFD's gfx_target_version as ROCm spells it: 110001 is gfx1101, 90402 gfx942, 90010 gfx90a."""
    if not 70000 <= version <= 999999:
        return None
    major, minor, step = version // 10000, version // 100 % 100, version % 100
    return f"gfx{major}{minor:x}{step:x}"


def nodes_of(pci: str, nodes: Iterable[KfdNode], cards: Collection[str]) -> tuple[KfdNode, ...]:
    """The nodes of the card at an address: more than one where it is partitioned.

    A node belongs to the function it names where that is one of `cards`, else to its slot's function 0.
    """
    mine = (node for node in nodes if pci == (node.pci if node.pci in cards else node.slot))
    return tuple(sorted(mine, key=lambda node: (node.domain, node.location_id, node.node)))


def partition_lines(nodes: tuple[KfdNode, ...]) -> tuple[str, ...]:
    """One line a partition of a card; none where the card is whole."""
    if len(nodes) < 2:
        return ()
    return tuple(
        f"{node.gfx or 'GPU'} partition {number}"
        + (f": {forms.size(node.heap_bytes)}" if node.heap_bytes else "")
        for number, node in enumerate(nodes)
    )
