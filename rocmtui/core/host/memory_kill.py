"""Whether the kernel killed a process because memory ran out: the counters tell, nobody needs to guess."""

from __future__ import annotations

import msgspec


class KillCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many processes were killed for memory by now. None: the kernel does not say."""

    group: int | None = None
    """For the limit of the process's container."""
    machine: int | None = None
    """For any reason on this machine."""
    limit_bytes: int | None = None
    """Of the container."""


class MemoryKill(msgspec.Struct, frozen=True):
    """What the counters say of a process that was killed."""

    by: str = ""
    """`container`: for its limit; `machine`: the machine ran out; empty: not for memory."""
    limit_bytes: int | None = None


def memory_kill(before: KillCounts, after: KillCounts) -> MemoryKill | None:
    """What rose in a process's life; None where nothing can be told."""
    if _rose(before.group, after.group):
        return MemoryKill(by="container", limit_bytes=before.limit_bytes)
    if _rose(before.machine, after.machine):
        return MemoryKill(by="machine")
    if after.group is None and after.machine is None:
        return None
    return MemoryKill()


def _rose(before: int | None, after: int | None) -> bool:
    return before is not None and after is not None and after > before
