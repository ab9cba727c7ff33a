"""What each figure is and where it comes from: metrics from core/metrics.py, the rest from here."""

from __future__ import annotations

from typing import NamedTuple

from rocmtui.core.request.metrics import METRICS
from rocmtui.core.session.view import SessionView

QUANTILES = {
    "p50": "half of the measured requests were at or below this",
    "p95": "95 of 100 measured requests were at or below this",
    "p99": "99 of 100 measured requests were at or below this",
}
_GPU_SOURCE = "the GPU sampler, once or twice a second"


class Explanation(NamedTuple):
    """One figure in words."""

    title: str
    meaning: str
    source: str


_OWN = {
    "output_tps": Explanation(
        "decode speed",
        "output tokens of all requests, received a second over the last four",
        "arrival times in the load process, corrected by the server's own token counts",
    ),
    "prefill_tps": Explanation(
        "prefill speed",
        "prompt tokens computed (cached ones excluded) per second of prefill, one request's speed",
        "the server's prompt_n / prompt_ms, over the requests that ended in the last 30 s",
    ),
    "run_tps": Explanation(
        "speed of the run", "output tokens a second over the whole measured window so far", "the load process"
    ),
    "others_tps": Explanation(
        "other clients", "output tokens a second the server makes for requests that are not ours", "/slots"
    ),
    "read_tps": Explanation(
        "prompts read",
        "prompt tokens a second computed by all slots together, whoever asked",
        "/slots, twice a second, and the server's log",
    ),
    "tokens_per_joule": Explanation(
        "tokens a joule", "output tokens a second over the power of all cards now", _GPU_SOURCE
    ),
    "peak_output_tps": Explanation("peak", "the highest decode speed of this run", "all snapshots so far"),
    "concurrency": Explanation(
        "workers", "each sends its next request when its last one ended", "the load process"
    ),
    "rate": Explanation("rate", "requests planned per second, whatever the server does", "the load process"),
    "in_flight": Explanation(
        "in flight",
        "requests sent and not ended: queue (no headers yet), prefill (no token yet), decode",
        "the load process",
    ),
    "completed": Explanation("completed", "measured requests that ran to their end", "the load process"),
    "failed": Explanation("failed", "measured requests that failed; 5 lists them", "the load process"),
    "elapsed": Explanation("time", "since the first measured request was sent", "the load process"),
    "phase": Explanation(
        "phase", "warm-up and drain do not count in any figure; only `measured` does", "the load process"
    ),
    "slo": Explanation(
        "SLO",
        "a limit you set; ✓ holds so far, ✗ is missed, · has no value yet",
        "--slo, or the load plan",
    ),
    "audit": Explanation(
        "warning about the figures",
        "something makes them less true than they look; the line above the keys says what",
        "the load process watches its own CPU, what stamped its reads, the caches and the server's clock; "
        "reading late does no harm where the kernel stamped what came",
    ),
    "baseline": Explanation(
        "baseline", "an earlier run, drawn as a ghost behind this one", "that run's last snapshot"
    ),
    "server_state": Explanation(
        "server state",
        "ready: answers; unresponsive: its process lives but does not answer",
        "/health, /props and the process itself",
    ),
    "uptime": Explanation("in this state since", "how long the server has been so", "the supervisor's clock"),
    "build": Explanation("build", "backend and build of llama.cpp", "the server's log and /props"),
    "slots": Explanation(
        "slots × context", "requests it can work on at once, and tokens each can hold", "/props"
    ),
    "slots_busy": Explanation("busy slots", "slots that work on a request now", "/slots"),
    "deferred": Explanation("waiting", "requests the server holds because all slots are busy", "/metrics"),
    "slot_task": Explanation("task", "the server's number of the request in this slot", "/slots"),
    "slot_prompt": Explanation(
        "prompt",
        "prompt tokens computed so far and, for our own requests, of how many; +n came from the cache",
        "/slots, and the progress events of our own requests",
    ),
    "slot_decoded": Explanation("gen", "tokens generated, of those asked for", "/slots: n_decoded, n_remain"),
    "slot_stalled": Explanation(
        "stalled", "how long the slot has made no token, far over its usual", "/slots: n_decoded"
    ),
    "slot_tps": Explanation(
        "tok/s of a slot", "tokens generated between the last two readings of the same task", "/slots"
    ),
    "ctx_tokens": Explanation(
        "context in use",
        "tokens in the slot's cache: prompt so far plus generated",
        "/slots: n_prompt_tokens",
    ),
    "power_watts": Explanation(
        "power against its cap",
        "what the card draws; the best sign of real work",
        _GPU_SOURCE,
    ),
    "busy_percent": Explanation(
        "queue occupied",
        "100 % only says that work is queued: RDNA cards show it at idle while a model is loaded",
        _GPU_SOURCE,
    ),
    "vram_used_bytes": Explanation(
        "VRAM in use", "the card's own memory, of all processes together, split by owner", _GPU_SOURCE
    ),
    "gtt_used_bytes": Explanation(
        "GTT in use",
        "system memory the GPU reads over the bus: slow on a card, normal on an APU",
        _GPU_SOURCE,
    ),
    "spill": Explanation(
        "spill",
        "VRAM is full and the driver moves the server's memory into system memory: decode slows down much",
        "growth of GTT since before the server started, and memory the kernel evicted",
    ),
    "throttle": Explanation("held back", "what keeps the card from its full speed now", _GPU_SOURCE),
    "stale": Explanation("stale", "the GPU sampler does not answer; these are its last figures", _GPU_SOURCE),
    "hot_c": Explanation("junction", "the hottest spot of the chip; it throttles near 110°", _GPU_SOURCE),
    "edge_c": Explanation("edge", "temperature at the chip's edge", _GPU_SOURCE),
    "mem_c": Explanation("memory", "temperature of the memory chips", _GPU_SOURCE),
    "fan_rpm": Explanation("fan", "turns per minute", _GPU_SOURCE),
    "sclk_hz": Explanation("core clock", "of the shaders, now", _GPU_SOURCE),
    "mclk_hz": Explanation(
        "memory clock", "at its floor the card does not work, whatever `busy` says", _GPU_SOURCE
    ),
}
_HOST_SOURCE = "the kernel's own books (/proc, cgroups), twice a second"
_OWN |= {
    "host_cpu": Explanation(
        "processors", "cores in use of those there are, or the server may use", _HOST_SOURCE
    ),
    "host_wait": Explanation(
        "waiting for a core",
        "share of the time in which the server's busy threads were ready and had no core; with a quota, how "
        "many of its periods were used up",
        _HOST_SOURCE,
    ),
    "host_ram": Explanation(
        "memory", "used of all there is, or of the limit of the server's container, by owner", _HOST_SOURCE
    ),
    "host_disk": Explanation(
        "read from disk", "by the server: after the load any of it is weights that did not stay", _HOST_SOURCE
    ),
    "host_pressure": Explanation(
        "pressure", "share of the time in which something waited for it (PSI)", _HOST_SOURCE
    ),
}
_GPU_FIELDS = {"hot_c": "junction_c", "mem_c": "memory_c"}
"""Tags whose field in a GpuReading has another name."""


def explain(tag: str, view: SessionView) -> Explanation | None:
    """The figure of a tag; `ttft.p95` is a percentile of `ttft`. None for what is no figure."""
    name, _, quantile = tag.partition(".")
    found = _OWN.get(name) or _metric(name)
    if found is None:
        return None
    if quantile:
        found = found._replace(
            title=f"{quantile} of {found.title}", meaning=f"{QUANTILES[quantile]}. {found.meaning}"
        )
    return found._replace(source=_gpu_source(name, view) or found.source)


def _metric(tag: str) -> Explanation | None:
    metric = METRICS.get(tag)
    if metric is None:
        return None
    return Explanation(f"{metric.title} ({metric.tag})", metric.formula, "the load process, per request")


def _gpu_source(tag: str, view: SessionView) -> str | None:
    """Where the first card's value came from."""
    field = _GPU_FIELDS.get(tag, tag)
    for gpu in view.gpu.gpus if view.gpu else ():
        if field in gpu.sources:
            return f"{gpu.sources[field]}, by {_GPU_SOURCE}"
    return None
