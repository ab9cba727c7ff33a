"""The figures one came for: each with its recent past, what stands below it, and its level."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from rocmtui.core.glance.pace import others_speed, output_speed, run_speed
from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.load.snapshot import LiveSnapshot, speed_of_run
from rocmtui.core.request import values
from rocmtui.core.session.view import SessionView
from rocmtui.core.stats.quantiles import known
from rocmtui.core.text import forms
from rocmtui.core.text.chart_bins import held, time_bins

PAST_NS, PAST_BINS = 60_000_000_000, 60
FULL = 0.97
"""Of a card's memory in use from which on its tile warns."""
Level = Literal["", "warning", "bad"]
Values = Sequence[float | None]
METRICS = {"ttft": ("TTFT", values.ttft), "itl": ("ITL", values.itl)}
QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


class Figure(NamedTuple):
    """A figure of second rank: its name, its text, the tag that explains it."""

    name: str
    text: str
    tag: str


class Tile(NamedTuple):
    """A figure of first rank."""

    name: str
    of: str
    """Which of its kind it is (`p95`, `tok/s`), or what is wrong with it."""
    text: str
    tag: str
    below: tuple[Figure, ...]
    """The most useful first."""
    past: Values = ()
    top: float | None = None
    """What `past` is drawn against; None: its own maximum."""
    level: Level = ""


def tiles_of(view: SessionView) -> tuple[Tile, ...]:
    """Speed and times; then power and memory of the cards, or without one the queue and the errors."""
    live = view.live or LiveSnapshot(at_ns=0, phase="idle")
    gpus = view.gpu.gpus if view.gpu else ()
    first = (_output(view, live), _latency(view, live, "ttft", "p95"), _latency(view, live, "itl", "p50"))
    if not gpus:
        return (*first, _queue(view, live), _errors(live))
    return (*first, _power(view, gpus), _memory(view, gpus))


def _output(view: SessionView, live: LiveSnapshot) -> Tile:
    speed, others = output_speed(view), others_speed(view)
    below = [Figure("run", forms.tps(run_speed(view)), "run_tps")]
    if others:
        below.append(Figure("others", forms.tps(others), "others_tps"))
    below.append(Figure("peak", forms.tps(view.peak_output_tps), "peak_output_tps"))
    ghost = view.baseline
    if ghost is not None:
        below.append(Figure("baseline", forms.tps(speed_of_run(ghost)), "baseline"))
    if speed and live.decoding:
        below.append(Figure("each", forms.tps(speed / live.decoding), "output_tps_per_request"))
    past = _binned([(point.at_ns, point.output_tps) for point in view.history], view.at_ns)
    level = _missed(live, "output")
    return Tile("output", "tok/s", forms.tps(speed), "output_tps", tuple(below), past, None, level)


def _latency(view: SessionView, live: LiveSnapshot, tag: str, main: str) -> Tile:
    name, read = METRICS[tag]
    values = getattr(live, tag)
    text = {quantile: forms.ms(values.quantile(share)) for quantile, share in QUANTILES.items()}
    below = tuple(Figure(other, text[other], f"{tag}.{other}") for other in QUANTILES if other != main)
    past = [read(record) for record in view.requests[-PAST_BINS:]]
    return Tile(name, main, text[main], f"{tag}.{main}", below, past, None, _missed(live, tag))


def _power(view: SessionView, gpus: Sequence[GpuReading]) -> Tile:
    watts = known(sum, (gpu.power_watts for gpu in gpus))
    cap = known(sum, (gpu.power_cap_watts for gpu in gpus))
    hottest = known(max, (gpu.junction_c for gpu in gpus))
    below = [Figure("hot", forms.celsius(hottest), "hot_c")]
    speed = output_speed(view)
    if speed and watts:
        below.append(Figure("tok/J", forms.figure(speed / watts), "tokens_per_joule"))
    if watts and cap:
        below.append(Figure("of cap", forms.share(watts / cap), "power_watts"))
    throttled = any(gpu.throttle for gpu in gpus)
    text = f"{forms.watts(watts)}/{forms.watts(cap)} W" if cap else f"{forms.watts(watts)} W"
    if all(gpu.runtime_status == "suspended" for gpu in gpus):
        text = "asleep"
    past = _card(view, gpus, [(p.at_ns, p.power_watts) for p in view.gpu_history if p.pci == gpus[0].pci])
    of = "held back" if throttled else _cards(gpus)
    level: Level = "warning" if throttled else ""
    return Tile("power", of, text, "power_watts", tuple(below), past, gpus[0].power_cap_watts, level)


def _memory(view: SessionView, gpus: Sequence[GpuReading]) -> Tile:
    pools = [(_used(gpu), gpu.pool_bytes or gpu.vram_total_bytes) for gpu in gpus]
    used, total = known(sum, (used for used, _ in pools)), known(sum, (total for _, total in pools))
    spilled = sum(gpu.spill_bytes or 0 for gpu in gpus)
    free = None if used is None or total is None else total - used
    below = (
        Figure("free", forms.gib(free), "vram_used_bytes"),
        Figure("gtt", forms.gib(known(sum, (gpu.gtt_used_bytes for gpu in gpus))), "gtt_used_bytes"),
    )
    full = any(used is not None and total and used / total > FULL for used, total in pools)
    past = _card(view, gpus, [(p.at_ns, p.vram_used_bytes) for p in view.gpu_history if p.pci == gpus[0].pci])
    name, of = "VRAM" if gpus[0].pool == "vram" else "memory", _cards(gpus)
    level: Level = "bad" if spilled else "warning" if full else ""
    of = f"spill {forms.gib(spilled)}" if spilled else of
    text = f"{forms.gib(used)}/{forms.gib(total)} GiB"
    return Tile(name, of, text, "vram_used_bytes", below, past, pools[0][1], level)


def _queue(view: SessionView, live: LiveSnapshot) -> Tile:
    waiting = view.deferred if view.deferred is not None else live.queued if view.live else None
    busy = sum(slot.is_processing for slot in view.slots)
    slots = f"{busy}/{len(view.slots)}" if view.slots else forms.DASH
    below = (
        Figure("slots busy", slots, "slots_busy"),
        Figure("in flight", forms.count(live.in_flight), "in_flight"),
    )
    level: Level = "warning" if waiting else ""
    return Tile("queue", "waiting", forms.count(waiting), "deferred", below, (), None, level)


def _errors(live: LiveSnapshot) -> Tile:
    ended = Figure("of", forms.count(live.completed + live.failed), "completed")
    kinds = (Figure(kind, forms.count(count), "failed") for kind, count in live.by_error.items())
    level: Level = "bad" if live.failed else ""
    return Tile("failed", "requests", forms.count(live.failed), "failed", (ended, *kinds), (), None, level)


def _missed(live: LiveSnapshot, tag: str) -> Level:
    """Bad where an SLO of this metric is missed."""
    missed = [slo.expression.strip() for slo in live.slo if slo.met is False]
    return "bad" if any(expression.startswith(tag) for expression in missed) else ""


def _used(gpu: GpuReading) -> int | None:
    return gpu.vram_used_bytes if gpu.pool == "vram" else gpu.gtt_used_bytes


def _cards(gpus: Sequence[GpuReading]) -> str:
    return f"{len(gpus)} cards" if len(gpus) > 1 else ""


def _card(view: SessionView, gpus: Sequence[GpuReading], points: list[tuple[int, float | None]]) -> Values:
    """The past of a lone card; of several a sum would hide which one it was."""
    return _binned(points, view.at_ns) if len(gpus) == 1 else ()


def _binned(points: list[tuple[int, float | None]], at_ns: int) -> Values:
    now_ns = points[-1][0] if points else at_ns
    return held(time_bins(reversed(points), now_ns, PAST_NS, PAST_BINS), PAST_NS // PAST_BINS)
