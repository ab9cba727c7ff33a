"""The host in a few figures: what of it is used, what the server waits for, whose memory it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rocmtui.core.host.sample import HostSample
from rocmtui.core.stats.quantiles import known
from rocmtui.core.text import forms
from rocmtui.core.text.chart_bins import held, time_bins

PAST_NS = 60_000_000_000
MB, MIB = 1_000_000, 1 << 20


class Memory(NamedTuple):
    """Bytes of the memory the server may use, by owner; they add up to `total`."""

    weights: int
    server: int
    others: int
    free: int
    total: int
    is_limit: bool
    """Whether `total` is the limit of the server's container."""


def cores_words(sample: HostSample) -> str:
    """`7.9/16`: cores in use of those there are; with a quota or an affinity, of those the server may use."""
    machine, limits = sample.machine, sample.limits
    allowed = (limits.cores, limits.quota_cores) if limits else ()
    most = known(min, (machine.cores, *allowed))
    limited = limits is not None and most is not None and machine.cores is not None and most < machine.cores
    used = sample.server.cores_used if limited and sample.server else machine.busy_cores
    return f"{forms.cores(used)}/{forms.DASH if most is None else f'{most:g}'}"


def waited(sample: HostSample) -> float | None:
    """Share of the time in which the server's threads waited for a core."""
    return sample.server.wait_share if sample.server else None


def throttled_words(sample: HostSample) -> str:
    """`53/58`: periods in which the quota was used up; nothing without one."""
    limits = sample.limits
    return f"{limits.throttled_periods}/{limits.periods}" if limits and limits.periods else ""


def disk_read(sample: HostSample) -> float | None:
    """Bytes a second that the server reads from disk."""
    return sample.server.disk_read_bytes_per_s if sample.server else None


def disk_words(sample: HostSample) -> str:
    """What the server reads from disk: `0`, `980 MB/s`."""
    read = disk_read(sample)
    if read is None:
        return forms.DASH
    return "0" if read < MB / 10 else f"{forms.count(round(read / MB))} MB/s"


def memory_of(sample: HostSample) -> Memory | None:
    """Whose the memory is; None where the machine does not tell. Other page cache counts as free."""
    machine, limits, server = sample.machine, sample.limits, sample.server
    total, left = machine.memory_total_bytes, machine.memory_available_bytes
    if total is None or left is None:
        return None
    weights = (server.weights_resident_bytes or 0) if server else 0
    own = (server.own_bytes or 0) if server else 0
    limit = limits.memory_limit_bytes if limits else None
    if limit is not None and limit < total:
        return Memory(weights, own, 0, max(limit - weights - own, 0), limit, True)
    others = max(total - left - own, 0)
    return Memory(weights, own, others, max(total - weights - own - others, 0), total, False)


def memory_words(sample: HostSample) -> str:
    """`41/64 GiB`, `3.1/4.0 GiB limit`, `253/260 MiB limit`."""
    memory = memory_of(sample)
    if memory is None:
        return forms.DASH
    used, unit = amount(memory, memory.total - memory.free), "MiB" if _is_small(memory) else "GiB"
    return f"{used}/{amount(memory, memory.total)} {unit}{' limit' if memory.is_limit else ''}"


def amount(memory: Memory, size: int) -> str:
    """A part of it without the unit, which is GiB; where there is little in all, MiB."""
    return forms.count(round(size / MIB)) if _is_small(memory) else forms.gib(size)


def _is_small(memory: Memory) -> bool:
    return memory.total < 1000 * MIB


def past(
    points: Sequence[HostSample], read: Callable[[HostSample], float | None], bins: int
) -> list[float | None]:
    """A figure over the last minute."""
    now_ns = points[-1].at_ns if points else 0
    values = time_bins(((p.at_ns, read(p)) for p in reversed(points)), now_ns, PAST_NS, bins)
    return held(values, PAST_NS // max(bins, 1))
