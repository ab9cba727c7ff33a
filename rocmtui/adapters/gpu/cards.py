"""Which AMD cards the kernel shows, and what of them never changes. Wakes no card."""

from __future__ import annotations

import re

import msgspec

from rocmtui.adapters.gpu.names import AMDGPU_IDS, find_name
from rocmtui.adapters.machine.small_file import FileReader, list_dir
from rocmtui.core.gpu.fields import parse_int, parse_text
from rocmtui.core.gpu.kfd import KfdNode, nodes_by_card, parse_node, parse_properties

AMD_VENDOR = 0x1002
ASLEEP = ("suspended", "suspending", "resuming")
_CARD = re.compile(r"card\d+")
_PCI = re.compile(r"[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]")


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
    nodes: tuple[KfdNode, ...] = ()

    @property
    def gfx(self) -> str | None:
        """`gfx1101` ..., from the KFD."""
        return self.nodes[0].gfx if self.nodes else None

    def sources(self) -> dict[str, str]:
        """Where the fixed facts came from."""
        found = {"pci": "sysfs uevent", "name": self.name_source}
        if self.gfx:
            found["gfx"] = "KFD properties"
        if self.uuid:
            found["uuid"] = "sysfs unique_id"
        return found


def find_cards(reader: FileReader, root: str, ids: tuple[str, ...] = AMDGPU_IDS) -> tuple[Card, ...]:
    """All AMD cards below /sys/class/drm, by PCI address."""
    kfd = nodes_by_card(read_kfd(reader, root))
    cards: dict[str, Card] = {}
    for name in list_dir(f"{root}/class/drm"):
        card = _card(reader, root, name, kfd, ids) if _CARD.fullmatch(name) else None
        if card is not None:
            cards.setdefault(card.pci, card)
    return tuple(cards[pci] for pci in sorted(cards))


def read_kfd(reader: FileReader, root: str) -> tuple[KfdNode, ...]:
    """ROCm's devices in the order of its nodes; none without a KFD."""
    nodes = f"{root}/class/kfd/kfd/topology/nodes"
    found = []
    for name in sorted((name for name in list_dir(nodes) if name.isdigit()), key=int):
        folder = f"{nodes}/{name}"
        properties = parse_properties(reader.read(f"{folder}/properties"))
        heap = parse_properties(reader.read(f"{folder}/mem_banks/0/properties")).get("size_in_bytes")
        gpu_id = parse_int(reader.read(f"{folder}/gpu_id")) or 0
        node = parse_node(int(name), gpu_id, properties, heap)
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


def _card(
    reader: FileReader, root: str, name: str, kfd: dict[str, tuple[KfdNode, ...]], ids: tuple[str, ...]
) -> Card | None:
    device = f"{root}/class/drm/{name}/device"
    uevent = parse_uevent(reader.read(f"{device}/uevent"))
    pci = uevent.get("PCI_SLOT_NAME", "").lower()
    vendor, _, device_id = uevent.get("PCI_ID", "").partition(":")
    if not _PCI.fullmatch(pci) or parse_int(vendor.encode(), 16) != AMD_VENDOR:
        return None
    product = parse_text(reader.read(f"{device}/product_name"))
    revision = parse_int(reader.read(f"{device}/revision"), 16)
    title, source = find_name(parse_int(device_id.encode(), 16) or 0, revision, product, ids)
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
        nodes=kfd.get(pci, ()),
    )
