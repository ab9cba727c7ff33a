"""Which AMD cards the kernel shows, and what of them never changes. Wakes no card."""

from __future__ import annotations

import os
import re
from typing import Literal

import msgspec

from rocmtui.adapters.gpu.names import AMDGPU_IDS, find_name
from rocmtui.adapters.machine.small_file import FileReader, list_dir
from rocmtui.core.gpu.fields import parse_int, parse_text
from rocmtui.core.gpu.kfd import KfdNode, nodes_of, parse_node, parse_properties, partition_lines

AMD_VENDOR = 0x1002
_CARD = re.compile(r"card\d+")
_PCI = re.compile(r"[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]")


_FIXED = ("pci", "name", "gfx", "uuid", "card", "render_node", "driver", "access", "rocm_indexes")
"""Fields that GpuReading has by the same names."""
Access = Literal["yes", "missing", "denied"]


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One card and the fixed facts about it."""

    pci: str
    name: str
    name_source: str
    device: str
    """Its folder, `/sys/class/drm/card0/device`."""
    card: str
    render_node: str | None
    uuid: str | None
    driver: str | None
    device_id: int = 0
    nodes: tuple[KfdNode, ...] = ()
    rocm_indexes: tuple[int, ...] | None = None
    """Their places among ROCm's devices; None where a pretend /sys has no KFD."""
    access: Access | None = None

    @property
    def gfx(self) -> str | None:
        """`gfx1101` ..., from the KFD."""
        return self.nodes[0].gfx if self.nodes else None

    @property
    def render_nodes(self) -> tuple[str, ...]:
        """Its own and those of its partitions."""
        names = {self.render_node, *(f"renderD{n.render_minor}" for n in self.nodes if n.render_minor)}
        return tuple(sorted(filter(None, names)))

    def fixed(self) -> dict[str, object]:
        """Its fields of GpuReading that never change."""
        parted = self.nodes if len(self.nodes) > 1 else ()
        return {
            **{field: getattr(self, field) for field in _FIXED},
            "partitions": partition_lines(self.nodes),
            "partition_bytes": tuple(node.heap_bytes or 0 for node in parted),
        }

    def sources(self) -> dict[str, str]:
        """Where the fixed facts came from."""
        found = {"pci": "sysfs uevent", "name": self.name_source}
        if self.gfx:
            found["gfx"] = "KFD properties"
        if self.uuid:
            found["uuid"] = "sysfs unique_id"
        return found


def find_cards(
    reader: FileReader, root: str, ids: tuple[str, ...] = AMDGPU_IDS, dev: str | None = None
) -> tuple[Card, ...]:
    """All AMD cards below /sys/class/drm, by PCI address; `dev`: where their nodes are looked for.

    Without `dev` that is /dev for the real /sys, and for a pretend one no node is looked for.
    """
    dev = "/dev" if dev is None and root == "/sys" else dev
    cards: dict[str, Card] = {}
    for name in list_dir(f"{root}/class/drm"):
        card = _card(reader, root, name, ids) if _CARD.fullmatch(name) else None
        if card is not None:
            cards.setdefault(card.pci, card)
    kfd = read_kfd(reader, root)
    return tuple(_with_nodes(cards[pci], kfd, cards, root, dev) for pci in sorted(cards))


def _with_nodes(
    card: Card, kfd: tuple[KfdNode, ...], cards: dict[str, Card], root: str, dev: str | None
) -> Card:
    """What ROCm knows of the card, and whether it may be opened."""
    nodes = nodes_of(card.pci, kfd, cards)
    is_told = dev is not None or bool(list_dir(f"{root}/class/kfd"))
    indexes = tuple(i for i, node in enumerate(kfd) if node in nodes) if is_told else None
    card = msgspec.structs.replace(card, nodes=nodes, rocm_indexes=indexes)
    return card if dev is None else msgspec.structs.replace(card, access=_access(card, dev))


def _access(card: Card, dev: str) -> Access:
    """Whether one of its render nodes is there and this user may open it; without opening it: that wakes."""
    paths = (f"{dev}/dri/{name}" for name in card.render_nodes)
    there = [path for path in paths if os.access(path, os.F_OK)]
    if not there:
        return "missing"
    return "yes" if any(os.access(path, os.R_OK | os.W_OK) for path in there) else "denied"


def read_kfd(reader: FileReader, root: str) -> tuple[KfdNode, ...]:
    """ROCm's devices in the order of its nodes; none without a KFD."""
    nodes = f"{root}/class/kfd/kfd/topology/nodes"
    found = []
    for name in sorted((name for name in list_dir(nodes) if name.isdigit()), key=int):
        folder = f"{nodes}/{name}"
        properties = parse_properties(reader.read(f"{folder}/properties"))
        banks = (f"{folder}/mem_banks/{bank}/properties" for bank in list_dir(f"{folder}/mem_banks"))
        gpu_id = parse_int(reader.read(f"{folder}/gpu_id")) or 0
        node = parse_node(int(name), gpu_id, properties, (parse_properties(reader.read(b)) for b in banks))
        if node is not None:
            found.append(node)
    return tuple(found)


def parse_uevent(data: bytes | None) -> dict[str, str]:
    """The NAME=value lines of a uevent file."""
    text = (data or b"").replace(b"\0", b"").decode("utf-8", "replace")
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def runtime_status(reader: FileReader, device: str) -> str | None:
    """`active`, `suspended` ... without waking the card; None where the kernel does not say."""
    return parse_text(reader.read(f"{device}/power/runtime_status"), 16)


def _card(reader: FileReader, root: str, name: str, ids: tuple[str, ...]) -> Card | None:
    device = f"{root}/class/drm/{name}/device"
    uevent = parse_uevent(reader.read(f"{device}/uevent"))
    pci = uevent.get("PCI_SLOT_NAME", "").lower()
    vendor, _, device_id = uevent.get("PCI_ID", "").partition(":")
    if not _PCI.fullmatch(pci) or parse_int(vendor.encode(), 16) != AMD_VENDOR:
        return None
    product = parse_text(reader.read(f"{device}/product_name"))
    revision = parse_int(reader.read(f"{device}/revision"), 16)
    device_number = parse_int(device_id.encode(), 16) or 0
    title, source = find_name(device_number, revision, product, ids)
    unique_id = parse_int(reader.read(f"{device}/unique_id"), 16)
    render = [entry for entry in list_dir(f"{device}/drm") if entry.startswith("renderD")]
    return Card(
        pci=pci,
        name=title,
        name_source=source,
        device=device,
        card=name,
        render_node=render[0] if render else None,
        uuid=f"GPU-{unique_id:016x}" if unique_id else None,
        driver=parse_text(uevent.get("DRIVER", "").encode(), 32),
        device_id=device_number,
    )
