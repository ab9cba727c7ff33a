"""The machine around the card: in a line below it, or as a panel of its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from operator import attrgetter

from rocmtui.core.glance.host import (
    amount,
    cores_words,
    disk_read,
    disk_words,
    memory_of,
    memory_words,
    past,
    throttled_words,
    waited,
)
from rocmtui.core.host.causes import said
from rocmtui.core.host.sample import HostSample
from rocmtui.core.session.view import SessionView
from rocmtui.core.text import forms as text
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.draw.lines import Line, Span, choose, pair
from rocmtui.tui.draw.meters import legend, spark, stack
from rocmtui.tui.draw.wrapping import wrapped

LABEL = 6
SPARK = 14
UNITS = 60
"""Cells from which on the line has room for memory's unit."""
MOST_BAR = 40
THREAD = (("█", "decode"), ("▒", "warning"), ("░", "border"))
"""What a thread did: ran, waited for a core, slept."""
CAUSE = Span("⚠ ", "warning")
OWNERS = (
    ("█", "decode", "weights"),
    ("▓", "prefill", "server"),
    ("▒", "others", "others"),
    ("░", "border", "free"),
)


def draw_host_line(sample: HostSample, width: int) -> Line:
    """`host  cpu 7.9/16  wait 3 %  ram 41/64 GiB  disk 0`, amber while it slows the server."""
    role, memory = "warning" if sample.causes else "text", memory_words(sample)
    figures = (
        ("cpu", cores_words(sample), "host_cpu"),
        ("wait", text.share(waited(sample)), "host_wait"),
        ("ram", memory if width >= UNITS else memory.replace(" GiB", ""), "host_ram"),
        ("disk", disk_words(sample), "host_disk"),
    )
    head = Span("⚠ host " if sample.causes else "host  ", "warning" if sample.causes else "muted")
    parts = [pair(rank, *figure, role) for rank, figure in enumerate(figures)]
    return [head, *choose(parts, width - len(head.text))]


def draw_host(view: SessionView, width: int, *, everything: bool = False, brief: bool = False) -> list[Line]:
    """Processors, waiting, memory and disk with their last minute; what slows the server in words.

    `everything`: the server's threads one by one as well, and pressure over the last minute. `brief`: of
    what slows it the weightiest alone, and no remedy.
    """
    sample = view.host
    if sample is None:
        return []
    causes = [cause.text for cause in sample.causes[:1]] if brief else [*map(said, sample.causes[:2])]
    row = partial(_row, view, width)
    return [
        row("cpu", lambda p: p.machine.busy_cores, sample.machine.cores, [(cores_words(sample), "host_cpu")]),
        row("wait", waited, 1.0, _waits(sample)),
        *(line for words in causes for line in wrapped(words, width, "warning", lead=CAUSE)),
        *_memory(sample, width),
        row("disk", disk_read, None, _disk(sample)),
        *(_pressure_over_time(row, sample) if everything else _pressure(sample, width)),
        *(_threads(sample, width) if everything else ()),
        *_programs(sample, width),
    ]


def _disk(sample: HostSample) -> list[tuple[str, str]]:
    faults = sample.server.major_faults_per_s if sample.server else None
    told = [(disk_words(sample), "host_disk")]
    return told if faults is None else [*told, (f"faults {text.figure(round(faults))}/s", "host_disk")]


def _waits(sample: HostSample) -> list[tuple[str, str]]:
    server, machine = sample.server, sample.machine
    told = [(text.share(waited(sample)), "host_wait")]
    if throttled_words(sample):
        told.append((f"throttled {throttled_words(sample)}", "host_wait"))
    if server and server.threads:
        told.append((text.plural(server.working_threads or server.threads, "thread"), "host_cpu"))
    if machine.clock_hz:
        told.append((f"{text.cores(machine.clock_hz / 1e9)} GHz", "host_cpu"))
    return told


def _row(
    view: SessionView,
    width: int,
    name: str,
    read: Callable[[HostSample], float | None],
    top: float | None,
    told: list[tuple[str, str]],
) -> Line:
    drawn = spark(past(view.host_history, read, SPARK), top, "decode@60") or [Span(" " * SPARK)]
    parts = [pair(rank, "", words, tag) for rank, (words, tag) in enumerate(told) if words]
    return [Span(f"{name:<{LABEL}}", "muted"), *drawn, *choose(parts, width - LABEL - SPARK - 1, " ")]


def _memory(sample: HostSample, width: int) -> list[Line]:
    """A bar by owner, and its legend."""
    memory = memory_of(sample)
    if memory is None:
        return []
    label = f" {memory_words(sample)}"
    parts = (memory.weights, memory.server, memory.others, memory.free)
    looks = [(glyph, role) for glyph, role, _ in OWNERS]
    bar = stack(looks, parts, max(width - LABEL - len(label), 0), "host_ram")
    named = [(*look, amount(memory, size)) for look, size in zip(OWNERS, parts, strict=True) if size]
    head = [Span(f"{'ram':<{LABEL}}", "muted"), *bar, Span(label, "figure", "host_ram")]
    return [head, *legend(named, width, LABEL)]


def _pressure(sample: HostSample, width: int) -> list[Line]:
    """Shares of the time in which something waited for processors, memory or disks."""
    pressure = sample.machine.pressure
    told = (("cpu", pressure.cpu), ("memory", pressure.memory), ("io", pressure.io))
    parts = [
        pair(at, name, text.share(share), "host_pressure")
        for at, (name, share) in enumerate(told)
        if share is not None
    ]
    return [[Span(f"{'press':<{LABEL}}", "muted"), *choose(parts, width - LABEL)]] if parts else []


def _pressure_over_time(row: Callable[..., Line], sample: HostSample) -> list[Line]:
    """A row for each of processors, memory and disks that is known."""
    reads = {name: attrgetter(f"machine.pressure.{name}") for name in ("cpu", "memory", "io")}
    known = [
        (f"{name} {text.share(read(sample))}", read)
        for name, read in reads.items()
        if read(sample) is not None
    ]
    return [
        row("" if at else "press", read, 1.0, [(words, "host_pressure")])
        for at, (words, read) in enumerate(known)
    ]


def _threads(sample: HostSample, width: int) -> list[Line]:
    """The server's busiest threads: how long each ran, and how long it waited for a core."""
    threads = sample.server.busiest_threads if sample.server else ()
    lines: list[Line] = []
    for number, thread in enumerate(threads, 1):
        told = f" ran {text.share(thread.ran):>5}  waited {text.share(thread.waited):>5}"
        parts = (thread.ran, thread.waited, max(1.0 - thread.ran - thread.waited, 0.0))
        bar = stack(THREAD, parts, max(min(width - LABEL - len(told), MOST_BAR), 0))
        head = Span(f"{f'thr {number}':<{LABEL}}", "muted")
        lines.append([head, *bar, Span(told, "text", "host_wait")])
    return lines


def _programs(sample: HostSample, width: int) -> list[Line]:
    parts = [
        pair(at, clean_line(program.name, 20), text.cores(program.cores))
        for at, program in enumerate(sample.machine.programs[:4])
    ]
    return [[Span(f"{'busy':<{LABEL}}", "muted"), *choose(parts, width - LABEL)]] if parts else []
