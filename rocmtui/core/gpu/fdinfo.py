"""What the kernel says of one open graphics descriptor: /proc/<pid>/fdinfo/<fd> of amdgpu, kernel 5.19+."""

from __future__ import annotations

import msgspec

_UNITS = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_MOST_BYTES = 1 << 50
_ENGINES = {
    "gfx": "gfx",
    "compute": "compute",
    **dict.fromkeys(("dec", "enc", "enc_1", "jpeg", "vcn"), "video"),
}


class DrmClient(msgspec.Struct, frozen=True, kw_only=True):
    """One client of one card. Several descriptors may name the same one: count it once."""

    pci: str
    client_id: int
    vram_bytes: int | None = None
    gtt_bytes: int | None = None
    evicted_bytes: int | None = None
    """Meant for VRAM, but pushed out of it."""
    engine_ns: dict[str, int] = {}
    """`gfx`, `compute` and `video` to the time above 0 it was busy for this client; not by ROCm's queues."""
    is_partition: bool = False
    """It names no PCI device: its number counts within its own device file."""


def parse_fdinfo(data: bytes, pci: str | None = None) -> DrmClient | None:
    """The client, or None for a descriptor of another driver or kind.

    `pci`: the card of its device file, for a partition, whose descriptors name none (it is no PCI device).
    Memory comes as `drm-resident-vram` from newer kernels, as `drm-memory-vram` from older ones.
    """
    fields = {}
    for line in data.decode("ascii", "replace").splitlines():
        name, _, value = line.partition(":")
        fields[name] = value.strip()
    client = fields.get("drm-client-id", "")
    card = fields.get("drm-pdev") or pci
    if not fields.get("drm-driver", "").startswith("amdgpu") or not card or not _is_number(client):
        return None
    return DrmClient(
        pci=card.lower(),
        client_id=int(client),
        engine_ns=_engines(fields),
        is_partition=not fields.get("drm-pdev"),
        vram_bytes=_bytes(fields.get("drm-resident-vram") or fields.get("drm-memory-vram")),
        gtt_bytes=_bytes(fields.get("drm-resident-gtt") or fields.get("drm-memory-gtt")),
        evicted_bytes=_bytes(fields.get("amd-evicted-vram")),
    )


def _engines(fields: dict[str, str]) -> dict[str, int]:
    busy: dict[str, int] = {}
    for name, value in fields.items():
        engine = _ENGINES.get(name.removeprefix("drm-engine-"))
        number = value.removesuffix(" ns")
        if engine and name.startswith("drm-engine-") and _is_number(number) and int(number):
            busy[engine] = busy.get(engine, 0) + int(number)
    return busy


def _bytes(text: str | None) -> int | None:
    """`25258000 KiB` or a bare number of bytes."""
    number, _, unit = (text or "").partition(" ")
    if not _is_number(number) or unit.strip() not in _UNITS:
        return None
    size = int(number) * _UNITS[unit.strip()]
    return size if size <= _MOST_BYTES else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 20
