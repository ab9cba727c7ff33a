"""What GTT that grew, memory that was evicted and a card that sleeps mean, each in words of its own."""

from __future__ import annotations

import pytest

from rocmtui.core.gpu.memory.spill import Spill, SpillWatch, spill_text
from rocmtui.core.gpu.reading import GpuReading, MemoryUser

GIB = 1 << 30
PCI = "0000:03:00.0"


def card(vram: float, gtt: float, status: str = "active") -> GpuReading:
    return GpuReading(
        pci=PCI,
        name="RX 7900 XTX",
        vram_total_bytes=24 * GIB,
        vram_used_bytes=int(vram * GIB),
        gtt_used_bytes=int(gtt * GIB),
        runtime_status=status,
    )


def user(
    vram: float, gtt: float | None, evicted: float | None = None, *, is_server: bool = True
) -> MemoryUser:
    return MemoryUser(
        pci=PCI,
        pid=1 if is_server else 2,
        name="llama-server" if is_server else "game",
        vram_bytes=int(vram * GIB),
        gtt_bytes=None if gtt is None else int(gtt * GIB),
        evicted_bytes=None if evicted is None else int(evicted * GIB),
        is_server=is_server,
    )


GAME = user(1, 0.2, is_server=False)
GROWN_GAME = user(1, 8, is_server=False)


@pytest.mark.parametrize(
    ("now", "users", "host", "words"),
    [
        (card(23.9, 9), [user(20, 8)], 0, "is full: 8.0 GiB went to system memory, which"),
        (card(23.9, 9), [user(20, 8, 0)], 0, None),
        (
            card(23.9, 9),
            [user(20, 8, 3)],
            0,
            "8.0 GiB went to system memory (the driver evicted it)",
        ),
        (card(23.9, 41), [user(20, 40)], 40, None),
        (card(23.9, 41), [user(20, None)], 40, None),
        (card(23.9, 45), [user(20, 44)], 40, "is full: 4.0 GiB went"),
        (card(23.9, 9), [user(20, 0.3), GROWN_GAME], 0, None),
        (card(23.9, 9), [GROWN_GAME], 0, None),
        (card(23.9, 9), [], 0, "is full: 8.5 GiB went"),
        (card(12, 9), [user(11, 8)], 0, None),
        (card(12, 9), [user(11, 8, 8)], 0, "has room, but 8.0 GiB the driver pushed out"),
    ],
    ids=[
        "full and grown",
        "known not to be evicted",
        "known to be evicted",
        "experts on the CPU, as asked",
        "the same where the process does not tell",
        "more than was asked",
        "another program grew",
        "another program grew, the server cannot be read",
        "nobody can be read",
        "not full",
        "pushed out and not brought back",
    ],
)
def test_each_situation_has_its_words(
    now: GpuReading, users: list[MemoryUser], host: int, words: str | None
) -> None:
    watch = SpillWatch()
    watch.set_baseline(card(1, 0.5))
    watch.observe(card(2, 0.5), [GAME])
    spill = watch.observe(now, users, host * GIB)
    assert (spill is None) == (words is None)
    assert spill is None or (words or "") in spill_text(now, spill)


def test_a_sleeping_cards_memory_waits_and_is_no_spill() -> None:
    watch = SpillWatch()
    watch.set_baseline(card(1, 0.5))
    asleep = card(0.1, 20, "suspended")
    spill = watch.observe(asleep, [user(0.1, 19, 19)])
    assert spill == Spill(pci=PCI, spilled_bytes=19 * GIB, evicted_bytes=19 * GIB, asleep=True)
    assert f"echo on | sudo tee /sys/bus/pci/devices/{PCI}/power/control" in spill_text(asleep, spill)
    assert watch.peak_bytes is None
    assert watch.observe(asleep, [user(0, 0, 0)]) is None
    back = card(20, 0.6)
    assert watch.observe(back, [user(19, 0.1, 0)]) is None
    still_out = watch.observe(card(2, 19), [user(1, 18.5, 18)])
    assert still_out is not None
    assert "Restart the server" in spill_text(card(2, 19), still_out)


def test_a_server_attached_to_may_hold_system_memory_from_before() -> None:
    watch = SpillWatch()
    watch.set_baseline(card(23.9, 30))
    assert watch.observe(card(23.9, 30), [user(20, 29)]) is None
    assert watch.observe(card(23.9, 30.2), [user(20, 29.2)]) is None
    assert watch.observe(card(23.9, 36), [user(20, 35)]) is not None
