"""What this process, and so a server that it starts, may use of the machine."""

from __future__ import annotations

import os

from rocmtui.adapters.host.groups import LimitReader
from rocmtui.adapters.machine.description import memory_available_bytes
from rocmtui.core.host.sample import Limits


def own_limits(proc: str = "/proc") -> Limits:
    """Cores, quota and memory limit of this process."""
    return LimitReader("self", proc).read(0)


def fitting_threads() -> int | None:
    """The whole CPUs that a server may use; None where that is all the machine has."""
    allowed, all_cores = own_limits().whole_cores, os.cpu_count()
    return allowed if allowed is not None and all_cores is not None and allowed < all_cores else None


def usable_memory_bytes() -> int | None:
    """What a new process could take: what the machine has available, at most what its limit leaves."""
    limits, available = own_limits(), memory_available_bytes()
    if limits.memory_limit_bytes is None:
        return available
    left = max(limits.memory_limit_bytes - (limits.memory_own_bytes or 0), 0)
    return left if available is None else min(left, available)
