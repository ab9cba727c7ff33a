"""Control groups as the kernel writes them: where a process is in which tree, and what its group may use.

Version 1 has a hierarchy a controller, version 2 one for all; a machine may have both at once.
"""

from __future__ import annotations

import posixpath
import re

import msgspec

NO_LIMIT_BYTES = 1 << 60
"""Version 1 writes a number like this for no limit."""


class Hierarchy(msgspec.Struct, frozen=True, kw_only=True):
    """A mounted tree of groups."""

    mount: str
    root: str
    """The group that its top folder shows: `/` but where a container sees a part of the host's tree."""
    controllers: frozenset[str]
    """Of version 1; empty for version 2."""


def hierarchies(mountinfo: str) -> tuple[Hierarchy, ...]:
    """Of `/proc/self/mountinfo`."""
    found = []
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        fields, kind = before.split(), after.split()
        if len(fields) < 5 or len(kind) < 3 or kind[0] not in ("cgroup", "cgroup2"):
            continue
        controllers = frozenset(kind[2].split(",")) if kind[0] == "cgroup" else frozenset()
        found.append(
            Hierarchy(mount=_unescaped(fields[4]), root=_unescaped(fields[3]), controllers=controllers)
        )
    return tuple(found)


def group_paths(proc_cgroup: str) -> dict[str, str]:
    """Controller to path, of `/proc/PID/cgroup`; the empty name is version 2's tree."""
    paths = {}
    for line in proc_cgroup.splitlines():
        _, _, rest = line.partition(":")
        names, _, path = rest.partition(":")
        if path:
            paths.update(dict.fromkeys(names.split(","), path))
    return paths


class Groups(msgspec.Struct, frozen=True):
    """The folders of a process's group and of those around it, innermost first."""

    folders: tuple[str, ...]
    version_2: bool


def groups_of(controller: str, paths: dict[str, str], trees: tuple[Hierarchy, ...]) -> Groups:
    """Where the limits of a controller stand; no folder where they cannot be found.

    A path that lies outside of what is mounted here (a container's view) is the mounted tree's own top.
    """
    for tree in trees:
        version_2 = not tree.controllers
        name = "" if version_2 else controller
        if name not in paths or not (version_2 or controller in tree.controllers):
            continue
        if version_2 and any(controller in other.controllers for other in trees):
            continue
        inside = posixpath.relpath(paths[name], tree.root)
        parts = [] if inside == "." or inside.startswith("..") else inside.split("/")
        up = (posixpath.join(tree.mount, *parts[:count]) for count in range(len(parts), -1, -1))
        return Groups(tuple(up), version_2)
    return Groups((), True)


def quota_v2(cpu_max: str) -> float | None:
    """Cores of `100000 100000`; None for `max`."""
    quota, _, period = cpu_max.strip().partition(" ")
    return int(quota) / int(period) if quota.isdecimal() and period.isdecimal() and int(period) else None


def quota_v1(quota_us: str, period_us: str) -> float | None:
    """Cores of `cpu.cfs_quota_us` and `cpu.cfs_period_us`; None for -1."""
    return quota_v2(f"{quota_us.strip()} {period_us.strip()}")


def limit_bytes(text: str) -> int | None:
    """A memory limit; None for `max` or a number no machine has."""
    value = text.strip()
    return int(value) if value.isdecimal() and int(value) < NO_LIMIT_BYTES else None


def counters(text: str) -> dict[str, int]:
    """`name number` lines, as of cpu.stat, memory.events, memory.oom_control and /proc/vmstat."""
    pairs = (line.split() for line in text.splitlines())
    told = (pair for pair in pairs if len(pair) == 2 and pair[1].isdecimal() and len(pair[1]) <= 20)
    return {name: int(number) for name, number in told}


def cpu_numbers(cpus: str) -> frozenset[int]:
    """The CPUs that `0-3,8` names."""
    ranges = re.findall(r"(\d{1,6})(?:-(\d{1,6}))?", cpus)
    return frozenset(number for first, last in ranges for number in range(int(first), int(last or first) + 1))


def cpu_count(cpus: str) -> int | None:
    """How many CPUs `0-3,8` names; None for none."""
    return len(cpu_numbers(cpus)) or None


def _unescaped(path: str) -> str:
    """Blanks and the like stand as three octal digits."""
    return re.sub(r"\\(\d{3})", lambda found: chr(int(found.group(1), 8)), path)
