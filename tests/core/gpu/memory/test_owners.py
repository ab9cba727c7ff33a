"""A card's memory split by owner: the parts add up, and what is not known is not made up."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from rocmtui.core.gpu.memory.owners import MemoryOwners, split_memory
from rocmtui.core.gpu.reading import GpuReading, MemoryUser
from rocmtui.core.server.state import DeviceMemory

PCI = "0000:03:00.0"


def card(used: int | None, total: int | None = 1000) -> GpuReading:
    return GpuReading(pci=PCI, name="c", vram_total_bytes=total, vram_used_bytes=used, pool_bytes=total)


def server(vram: int | None) -> MemoryUser:
    return MemoryUser(pci=PCI, pid=1, name="llama-server", vram_bytes=vram, is_server=True)


def log(weights: int, kv: int, compute: int, pci: str | None = PCI, device: str = "ROCm0") -> DeviceMemory:
    return DeviceMemory(device=device, weights_bytes=weights, kv_bytes=kv, compute_bytes=compute, pci=pci)


def test_log_and_process_together() -> None:
    assert split_memory(card(900), [server(800)], [log(500, 200, 50)]) == MemoryOwners(
        total_bytes=1000,
        weights_bytes=500,
        kv_bytes=200,
        compute_bytes=50,
        other_server_bytes=50,
        others_bytes=100,
        free_bytes=100,
    )


def test_process_alone_is_the_servers_whole() -> None:
    owners = split_memory(card(900), [server(800)])
    assert owners == MemoryOwners(total_bytes=1000, other_server_bytes=800, others_bytes=100, free_bytes=100)
    assert _server_bytes(owners) == 800


def test_log_alone_leaves_the_rest_to_others() -> None:
    owners = split_memory(card(900), (), [log(500, 200, 50)])
    assert owners is not None
    assert (_server_bytes(owners), owners.other_server_bytes, owners.others_bytes) == (750, None, 150)


def test_neither_known() -> None:
    assert split_memory(card(900)) == MemoryOwners(total_bytes=1000, others_bytes=900, free_bytes=100)


def test_unknown_use_has_no_split() -> None:
    assert split_memory(card(None), [server(5)]) is None
    assert split_memory(card(5, None), [server(5)]) is None


def test_log_is_joined_by_address_or_by_being_alone() -> None:
    elsewhere = [log(500, 0, 0, pci="0000:0c:00.0")]
    assert split_memory(card(900), (), elsewhere) == split_memory(card(900))
    unnamed = [log(500, 0, 0, pci=None), log(77, 0, 0, pci=None, device="CPU_Mapped")]
    alone = split_memory(card(900), (), unnamed, cards=1)
    assert alone is not None
    assert alone.weights_bytes == 500
    assert split_memory(card(900), (), unnamed, cards=2) == split_memory(card(900))


def test_apu_splits_system_memory() -> None:
    apu = GpuReading(
        pci=PCI, name="a", kind="apu", pool="gtt", pool_bytes=4000, gtt_used_bytes=700, vram_used_bytes=9
    )
    user = MemoryUser(pci=PCI, pid=1, name="s", vram_bytes=5, gtt_bytes=600, is_server=True)
    assert split_memory(apu, [user]) == MemoryOwners(
        total_bytes=4000, other_server_bytes=600, others_bytes=100, free_bytes=3300
    )


amount = st.integers(0, 2000)


@given(amount, amount, st.none() | amount, amount, amount, amount, st.booleans())
def test_parts_always_add_up(
    used: int, total: int, held: int | None, weights: int, kv: int, compute: int, told: bool
) -> None:
    owners = split_memory(card(used, total), [server(held)], [log(weights, kv, compute)] if told else ())
    assert owners is not None
    parts = [_server_bytes(owners) or 0, owners.others_bytes, owners.free_bytes]
    assert min(parts) >= 0
    assert sum(parts) == total


def _server_bytes(owners: MemoryOwners) -> int | None:
    """All of the server's; None where it is not known."""
    parts = (owners.weights_bytes, owners.kv_bytes, owners.compute_bytes, owners.other_server_bytes)
    known = [part for part in parts if part is not None]
    return sum(known) if known else None


def test_what_the_log_allocated_and_no_counter_shows() -> None:
    gib = 1 << 30
    apu = msgspec.structs.replace(card(3 * gib, 120 * gib), pool="gtt", gtt_used_bytes=3 * gib)
    told = [log(55 * gib, 4 * gib, gib)]
    owners = split_memory(apu, [], told)
    assert owners is not None
    assert owners.unseen_bytes == 57 * gib
    other = MemoryUser(pci=PCI, pid=2, name="browser", gtt_bytes=2 * gib)
    assert (split_memory(apu, [other], told) or owners).unseen_bytes == 59 * gib
    shown = msgspec.structs.replace(apu, gtt_used_bytes=61 * gib)
    assert (split_memory(shown, [], told) or owners).unseen_bytes == 0
