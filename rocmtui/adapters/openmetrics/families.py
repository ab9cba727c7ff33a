"""From what a session knows to metric families. What is not known has no sample; it is never 0."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)

from rocmtui.core.gpu.memory.owners import split_memory
from rocmtui.core.gpu.reading import GpuReading, GpuSample
from rocmtui.core.server.state import ServerState, ServerStatus
from rocmtui.core.session.totals import SessionTotals, Sums
from rocmtui.core.stats.histogram import Histogram

SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0)
"""Upper bounds of the buckets of every distribution."""
TITLES = {
    "ttft": "Time to first token of our requests",
    "itl": "Inter-token latency of our requests, a mean each",
    "request_latency": "Whole time of our requests",
    "queue_wait": "Wait of our requests for a slot",
}
GAUGES: Mapping[str, tuple[str, str]] = {
    "power_watts": ("power_watts", "Power of the card (of the whole chip on an APU)"),
    "power_cap_watts": ("power_cap_watts", "Power cap of the card"),
    "gtt_used_bytes": ("gtt_used_bytes", "System memory used by the card"),
    "spill_bytes": ("spill_bytes", "VRAM that overflowed into system memory"),
    "sclk_hz": ("shader_clock_hertz", "Shader clock"),
    "mclk_hz": ("memory_clock_hertz", "Memory clock"),
}
"""Field of a reading to the name of its metric and what it says."""
Sample = tuple[Sequence[str], float | None]
"""What stands for the labels, and the value."""
SENSORS = {"edge_c": "edge", "junction_c": "junction", "memory_c": "memory"}


def families(totals: SessionTotals) -> Iterator[Metric]:
    """Everything, at one moment."""
    model = totals.server.facts.model or ""
    yield from _server(totals.server, model)
    yield from _work(totals, model)
    yield from _counters(totals, model)
    for tag, histogram in totals.timed.items():
        yield _distribution(f"rocmtui_{tag}_seconds", TITLES[tag], histogram, model)
    if totals.gpu is not None and not totals.gpu.sample.stale:
        yield from _cards(totals.gpu.sample, totals)


def _server(status: ServerStatus, model: str) -> Iterator[Metric]:
    up = float(status.state is ServerState.READY)
    yield _gauge("server_up", "1 while the server is ready", ("model",), [((model,), up)])
    facts = status.facts
    told = {"build": facts.build, "backend": facts.backend, "quantization": facts.quantization}
    info = InfoMetricFamily("rocmtui_server", "The server that is watched", labels=["model"])
    info.add_metric([model], {name: value for name, value in told.items() if value})
    yield info


def _work(totals: SessionTotals, model: str) -> Iterator[Metric]:
    if totals.slots:
        phases = Counter(slot.phase for slot in totals.slots)
        counts = [((model, phase), phases[phase]) for phase in ("idle", "prefill", "generate")]
        yield _gauge("slots", "Slots by what they do", ("model", "phase"), counts)
    deferred = [((model,), totals.deferred)]
    yield _gauge("requests_deferred", "Requests the server holds in its queue", ("model",), deferred)
    for what in ("decode", "prefill"):
        fields = (("server", f"{what}_tps"), ("others", f"others_{what}_tps"))
        speeds = [((model, of), getattr(totals.traffic, field, None)) for of, field in fields]
        yield _gauge(f"{what}_tokens_per_second", f"Tokens a second in {what}", ("model", "of"), speeds)


def _counters(totals: SessionTotals, model: str) -> Iterator[Metric]:
    requests = CounterMetricFamily(
        "rocmtui_requests", "Requests that ended", labels=["model", "of", "outcome"]
    )
    tokens = CounterMetricFamily("rocmtui_tokens", "Tokens of ended requests", labels=["model", "of", "kind"])
    sides: tuple[tuple[str, Sums], ...] = (("ours", totals.ours), ("others", totals.others))
    for of, sums in sides:
        for outcome, count in sorted({"completed": 0, **sums.requests}.items()):
            requests.add_metric([model, of, outcome], count)
        for kind in ("prompt", "cached", "output"):
            tokens.add_metric([model, of, kind], getattr(sums, f"{kind}_tokens"))
    yield requests
    yield tokens


def _distribution(name: str, title: str, histogram: Histogram, model: str) -> Metric:
    edges = [0.0, *(bound * 1e3 for bound in SECONDS), float("inf")]
    seen, buckets = 0, []
    for bound, count in zip((*SECONDS, float("inf")), histogram.binned(edges), strict=True):
        seen += count
        buckets.append(("+Inf" if bound == float("inf") else str(bound), float(seen)))
    family = HistogramMetricFamily(name, title, labels=["model"])
    family.add_metric([model], buckets, sum_value=histogram.total / 1e3)
    return family


def _cards(sample: GpuSample, totals: SessionTotals) -> Iterator[Metric]:
    gpus, card = sample.gpus, ("card", "name")
    for field, (name, title) in GAUGES.items():
        yield _gauge(f"gpu_{name}", title, card, [((g.pci, g.name), getattr(g, field)) for g in gpus])
    heat = [((g.pci, g.name, sensor), getattr(g, field)) for g in gpus for field, sensor in SENSORS.items()]
    yield _gauge("gpu_temperature_celsius", "Temperatures", (*card, "sensor"), heat)
    title = "The pool a server allocates from, by owner"
    yield _gauge("gpu_memory_bytes", title, (*card, "owner"), _memory(sample, totals))
    yield from _energy(gpus, totals)


def _memory(sample: GpuSample, totals: SessionTotals) -> Iterator[Sample]:
    for gpu in sample.gpus:
        owners = split_memory(gpu, sample.users, totals.server.facts.memory, len(sample.gpus))
        for owner in ("weights", "kv", "compute", "other_server", "others", "free"):
            yield (gpu.pci, gpu.name, owner), getattr(owners, f"{owner}_bytes", None)


def _energy(gpus: tuple[GpuReading, ...], totals: SessionTotals) -> Iterator[Metric]:
    """Power of all cards over the speed of the whole server, where both are known."""
    watts = [gpu.power_watts for gpu in gpus if gpu.power_watts is not None]
    speed = totals.traffic.decode_tps if totals.traffic else None
    if watts and speed:
        title = "Power of all cards over tokens generated a second"
        yield _gauge("joules_per_token", title, (), [((), sum(watts) / speed)])


def _gauge(name: str, title: str, labels: Sequence[str], samples: Iterable[Sample]) -> Metric:
    """Each sample that is known."""
    family = GaugeMetricFamily(f"rocmtui_{name}", title, labels=labels)
    for values, value in samples:
        if value is not None:
            family.add_metric(values, value)
    return family
