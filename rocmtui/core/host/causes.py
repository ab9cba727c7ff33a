"""Why a server was slow when its card was not: a table of what must be seen, the sentence and the remedy.

A row is told when it was seen in at least a tenth of the judged time. Nothing is said of a healthy server:
one core busy beside a busy card is right, and so is a wait of a few percent; files that are read once, at
the load, are no fault. A low clock or a saving profile is a condition beside a figure, never a cause here.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from rocmtui.core.host.sample import Cause, HostSample, HostSummary, Limits, MachineLoad, ServerLoad
from rocmtui.core.text import forms
from rocmtui.core.text.sanitize import clean_line
from rocmtui.core.text.sizes import counted

LEAST_SHARE = 0.1
WAITS = 0.15
"""Share of the time: below it waiting for a core is usual."""
THROTTLED = 0.1
"""Share of the quota's periods; used up at the very end of one it costs nothing, so the time counts too."""
HELD_BACK = 0.05
READS_BYTES_PER_S = 8e6
FAULTS_PER_S = 5.0
FILL = 1.1
"""What is read may be this much of what was not yet in memory, and a little; more is read again."""
FILL_BYTES = 16 << 20
SWAPPED_BYTES = 16 << 20
STALLED = 0.1
STOLEN = 0.1
OTHERS_CORES = 0.5
FULL = 0.85
"""A machine with this share of its cores busy has none free for long."""
FEEDS = 0.9
"""One thread running for this share of the time, while the card is busy for less than CARD_IDLE, feeds it."""
CARD_IDLE = 0.6


def said(cause: Cause) -> str:
    """A cause in one line: what was seen, and what to do."""
    return f"{cause.text}. Try: {cause.remedy}."


class Seen(msgspec.Struct, frozen=True):
    """What a row is asked about: one sample."""

    server: ServerLoad
    limits: Limits
    machine: MachineLoad
    card_busy: float | None
    """Share of the time that the server's card was busy; None: no card, or not known."""


class Told(msgspec.Struct, frozen=True):
    """What a row's sentence is made of: the figures of the whole window."""

    summary: HostSummary
    missing_bytes: int | None
    """What of the weights was not in memory when the window began."""
    card_busy: float | None


class Row(msgspec.Struct, frozen=True):
    """A cause: when a sample shows it, and what is said of it; nothing where the whole tells otherwise."""

    code: str
    seen: Callable[[Seen], bool]
    words: Callable[[Told], tuple[str, str] | None]


def seen_in(sample: HostSample, card_busy: float | None) -> frozenset[str]:
    """Codes of the rows that one sample shows."""
    if sample.server is None:
        return frozenset()
    seen = Seen(sample.server, sample.limits or Limits(), sample.machine, card_busy)
    return frozenset(row.code for row in ROWS if row.seen(seen))


def _rereads(seen: Seen) -> bool:
    server = seen.server
    faults, read = server.major_faults_per_s or 0.0, server.disk_read_bytes_per_s
    reads = faults >= FAULTS_PER_S if read is None else read >= READS_BYTES_PER_S and faults > 0
    return server.weights_bytes is not None and reads


def _reread_words(told: Told) -> tuple[str, str] | None:
    summary = told.summary
    read, weights, resident = summary.disk_read_bytes, summary.weights_bytes, summary.weights_resident_bytes
    if read is not None and read <= FILL * (told.missing_bytes or 0) + FILL_BYTES:
        return None
    waited = f"{forms.count(summary.major_faults or 0)} times a part of them was waited for"
    what = waited if read is None else f"{forms.figure(read / summary.seconds / 1e9)} GB/s"
    held = f"; {_of(resident, weights)} of the weights are in memory" if resident is not None else ""
    room = f"; the machine has {forms.size(summary.memory_available_bytes)} left"
    if summary.memory_limit_bytes is not None:
        room = f"; the limit of its container is {forms.size(summary.memory_limit_bytes)}"
    needs = forms.size((weights or 0) + (summary.own_peak_bytes or 0))
    remedy = (
        f"give it {needs} and a little more, or take a smaller quantization or fewer layers in system memory"
    )
    return f"weights are read from disk again and again: {what}{held}{room}", remedy


def _of(part: int, whole: int | None) -> str:
    """`77 of 253 MiB`."""
    first, unit = forms.size(part).split(" ")
    second = forms.size(whole)
    return f"{first} of {second}" if second.endswith(unit) else f"{first} {unit} of {second}"


def _swapped(seen: Seen) -> bool:
    server = seen.server
    return (server.swap_bytes or 0) >= SWAPPED_BYTES and (server.major_faults_per_s or 0.0) >= FAULTS_PER_S


def _swapped_words(told: Told) -> tuple[str, str]:
    summary = told.summary
    own = (summary.own_peak_bytes or 0) + (summary.swap_peak_bytes or 0)
    text = (
        f"{forms.size(summary.swap_peak_bytes)} of the server's {forms.size(own)} are swapped out and come "
        f"back page by page ({forms.count(summary.major_faults or 0)} times)"
    )
    return text, "free memory or take a smaller model or context; where there is room --mlock keeps it in"


def _throttled(seen: Seen) -> bool:
    held = seen.limits.throttled_time_share
    return (seen.limits.throttled_share or 0.0) >= THROTTLED and (held is None or held >= HELD_BACK)


def _throttled_words(told: Told) -> tuple[str, str]:
    summary = told.summary
    quota = f"{summary.quota_cores:g}" if summary.quota_cores else "?"
    threads, fits = summary.working_threads, _fits(summary)
    at_work = f", with {counted(threads, 'thread')} at work" if threads else ""
    used_up = f"{summary.throttled_periods} of {summary.periods} periods"
    text = f"its CPU quota of {quota} was used up in {used_up}{at_work}"
    fewer = f"-t {fits} and -tb {fits}, or " if fits and threads and threads > fits else ""
    return text, f"{fewer}a larger quota"


def _fits(summary: HostSummary) -> int | None:
    """Threads for which there are whole CPUs: SMT siblings and efficiency cores make no one faster."""
    limits = Limits(cores=summary.cores or summary.machine_cores, quota_cores=summary.quota_cores)
    most = summary.fast_cores or summary.physical_cores
    whole = limits.whole_cores
    return whole if whole is None or most is None else min(whole, most)


def _waits(seen: Seen) -> bool:
    return (seen.server.wait_share or 0.0) >= WAITS and not _throttled(seen)


def _too_many_threads(seen: Seen) -> bool:
    cores = seen.limits.cores or seen.machine.cores
    return _waits(seen) and cores is not None and (seen.server.working_threads or 0) > cores


def _thread_words(told: Told) -> tuple[str, str] | None:
    summary = told.summary
    if (summary.wait_share or 0.0) < WAITS:
        return None
    fits, threads = _fits(summary) or 1, summary.working_threads
    waited = f"they waited for one {forms.share(summary.wait_share)} of the time"
    may, all_cores = summary.cores, summary.machine_cores
    if may is not None and all_cores is not None and may < all_cores:
        where = f"the {counted(may, 'core')} of {all_cores} it may run on (affinity or cpuset)"
        text = f"{threads} threads of the server share {where}: {waited}"
        return text, f"-t {fits} and -tb {fits}, or let it run on more (taskset, cpuset)"
    on = counted(fits, "core")
    if summary.quota_cores is None and may is not None and fits < may:
        built = "that are fast" if summary.fast_cores else "with SMT siblings"
        on = f"{on} {built} ({may} processors)"
    return f"{threads} threads work on {on}: {waited}", f"-t {fits} and -tb {fits}"


def _others(seen: Seen) -> bool:
    machine = seen.machine
    full = machine.cores is not None and (machine.busy_cores or 0.0) >= FULL * machine.cores
    return _waits(seen) and full and (machine.other_cores or 0.0) >= OTHERS_CORES


def _others_words(told: Told) -> tuple[str, str] | None:
    summary = told.summary
    if (summary.wait_share or 0.0) < WAITS:
        return None
    names = ", ".join(
        f"{clean_line(program.name, 40)} {forms.cores(program.cores)}" for program in summary.programs[:3]
    )
    busy = forms.cores(summary.other_cores_mean or 0.0)
    text = (
        f"other programs kept {busy} of {summary.machine_cores} cores busy"
        f"{f' ({names})' if names else ''}: "
        f"the server waited for one {forms.share(summary.wait_share)} of the time"
    )
    return text, "end them or start them with nice; or leave them a core with a smaller -t"


def _stolen(seen: Seen) -> bool:
    return (seen.machine.stolen_share or 0.0) >= STOLEN


def _stolen_words(told: Told) -> tuple[str, str] | None:
    share = told.summary.stolen_share or 0.0
    if share < STOLEN:
        return None
    text = f"other machines had {forms.share(share)} of this virtual machine's processors' time (steal)"
    return text, "a machine with processors of its own, or fewer threads (-t) than it has processors"


def _stalled(seen: Seen) -> bool:
    full = seen.machine.pressure.memory_full or 0.0
    return full >= STALLED and not _rereads(seen) and not _swapped(seen)


def _stalled_words(told: Told) -> tuple[str, str]:
    full, left = told.summary.pressure.memory_full, told.summary.memory_available_bytes
    still = f"everything stood still for it {forms.share(full)} of the time"
    text = f"memory is short, {forms.size(left)} are left: {still}"
    return text, "free memory, or take a smaller model or context"


def _feeds(seen: Seen) -> bool:
    alone = (seen.server.cores_used or 0.0) < 1.6 and (seen.server.busiest_share or 0.0) >= FEEDS
    return seen.card_busy is not None and seen.card_busy < CARD_IDLE and alone


def _feeds_words(told: Told) -> tuple[str, str]:
    text = (
        f"the card waits for the host: it was busy {forms.share(told.card_busy)} of the time "
        "while one thread of the server ran without a pause"
    )
    remedy = "a faster core or a performance profile; more requests at once fill the card's pauses"
    return text, remedy


ROWS = (
    Row("reread", _rereads, _reread_words),
    Row("swapped", _swapped, _swapped_words),
    Row("throttled", _throttled, _throttled_words),
    Row("threads", _too_many_threads, _thread_words),
    Row("others", _others, _others_words),
    Row("stolen", _stolen, _stolen_words),
    Row("stalled", _stalled, _stalled_words),
    Row("feeds", _feeds, _feeds_words),
)
