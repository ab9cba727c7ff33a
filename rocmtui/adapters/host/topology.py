"""How the machine's processors are built: what of them is a core of its own, and a fast one."""

from __future__ import annotations

import re

import msgspec

from rocmtui.adapters.machine.small_file import FileReader, list_dir
from rocmtui.core.host.cgroup import cpu_numbers

FAST_ENOUGH = 0.9
"""A core with this much of the greatest capacity is no efficiency core."""


class Topology(msgspec.Struct, frozen=True, kw_only=True):
    """Of the whole machine; None: the kernel does not say."""

    physical_cores: int | None = None
    """Cores, their SMT siblings not counted."""
    fast_cores: int | None = None
    """Those of them that are no efficiency cores; None where all are alike."""
    numa_nodes: int | None = None
    """Memory nodes that have processors."""


def read_topology(files: FileReader, root: str = "/sys") -> Topology:
    """Read once: two small files a processor."""
    folder = f"{root}/devices/system/cpu"
    numbers = [int(name[3:]) for name in list_dir(folder) if re.fullmatch(r"cpu\d+", name)]
    cores: dict[frozenset[int], int] = {}
    for number in numbers:
        siblings = cpu_numbers(files.text(f"{folder}/cpu{number}/topology/thread_siblings_list"))
        if siblings:
            cores.setdefault(siblings, number)
    return Topology(
        physical_cores=len(cores) or None,
        fast_cores=_fast(files, root, tuple(cores.values())),
        numa_nodes=_nodes(files, f"{root}/devices/system/node"),
    )


def _fast(files: FileReader, root: str, cores: tuple[int, ...]) -> int | None:
    """By the efficiency cores' own list (Intel), else by each core's capacity."""
    slow = cpu_numbers(files.text(f"{root}/devices/cpu_atom/cpus"))
    if not slow:
        words = ((core, files.text(f"{root}/devices/system/cpu/cpu{core}/cpu_capacity")) for core in cores)
        capacity = {core: int(word) for core, word in words if word.strip().isdecimal()}
        most = max(capacity.values(), default=0)
        slow = frozenset(core for core, value in capacity.items() if value < FAST_ENOUGH * most)
    fast = sum(1 for core in cores if core not in slow)
    return fast if slow and fast else None


def _nodes(files: FileReader, folder: str) -> int | None:
    names = [name for name in list_dir(folder) if re.fullmatch(r"node\d+", name)]
    return sum(1 for name in names if cpu_numbers(files.text(f"{folder}/{name}/cpulist"))) or None
