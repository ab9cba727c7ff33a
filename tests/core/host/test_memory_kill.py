"""A kill for memory is counted, not guessed."""

from __future__ import annotations

import pytest

from rocmtui.core.host.memory_kill import KillCounts, MemoryKill, memory_kill

LIMIT = 330 << 20


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ((0, 5), (1, 6), MemoryKill(by="container", limit_bytes=LIMIT)),
        ((2, 5), (2, 6), MemoryKill(by="machine")),
        ((None, 5), (None, 6), MemoryKill(by="machine")),
        ((2, 5), (2, 5), MemoryKill()),
        ((None, 5), (None, 5), MemoryKill()),
        ((2, None), (None, None), None),
        ((None, None), (None, None), None),
    ],
)
def test_what_rose_in_its_life(
    before: tuple[int | None, int | None], after: tuple[int | None, int | None], told: MemoryKill | None
) -> None:
    counts = [
        KillCounts(group=group, machine=machine, limit_bytes=LIMIT) for group, machine in (before, after)
    ]
    assert memory_kill(*counts) == told
