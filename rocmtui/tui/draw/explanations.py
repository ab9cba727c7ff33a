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


_HOST_SOURCE = "the kernel's own books (/proc, cgroups), twice a second"
_BY_SOURCE = {
    "the load process": {
        "run_tps": ("speed of the run", "output tokens a second over the whole measured window so far"),
        "concurrency": ("workers", "each sends its next request when its last one ended"),
        "rate": ("rate", "requests planned per second, whatever the server does"),
        "in_flight": (
            "in flight",
            "requests sent and not ended: queue (no headers yet), prefill (no token yet), decode",
        ),
        "completed": ("completed", "measured requests that ran to their end"),
        "failed": ("failed", "measured requests that failed; 5 lists them"),
        "elapsed": ("time", "since the first measured request was sent"),
        "phase": ("phase", "warm-up and drain do not count in any figure; only `measured` does"),
    },
    "/slots": {
        "others_tps": (
            "other clients",
            "output tokens a second the server makes for requests that are not ours",
        ),
        "slots_busy": ("busy slots", "slots that work on a request now"),
        "fleet_slots": ("slots of a server", "how many of its slots work on a request now, of how many"),
        "slot_task": ("task", "the server's number of the request in this slot"),
        "slot_tps": ("tok/s of a slot", "tokens generated between the last two readings of the same task"),
    },
    _GPU_SOURCE: {
        "tokens_per_joule": ("tokens a joule", "output tokens a second over the power of all cards now"),
        "power_watts": ("power against its cap", "what the card draws; the best sign of real work"),
        "busy_percent": (
            "queue occupied",
            "100 % only says that work is queued: RDNA cards show it at idle while a model is loaded",
        ),
        "vram_used_bytes": (
            "VRAM in use",
            "the card's own memory, of all processes together, split by owner",
        ),
        "gtt_used_bytes": (
            "GTT in use",
            "system memory the GPU reads over the bus: slow on a card, normal on an APU",
        ),
        "throttle": ("held back", "what keeps the card from its full speed now"),
        "stale": ("stale", "the GPU sampler does not answer; these are its last figures"),
        "hot_c": ("junction", "the hottest spot of the chip; it throttles near 110°"),
        "edge_c": ("edge", "temperature at the chip's edge"),
        "mem_c": ("memory", "temperature of the memory chips"),
        "fan_rpm": ("fan", "turns per minute"),
        "sclk_hz": ("core clock", "of the shaders, now"),
        "mclk_hz": ("memory clock", "at its floor the card does not work, whatever `busy` says"),
    },
    _HOST_SOURCE: {
        "host_cpu": ("processors", "cores in use of those there are, or the server may use"),
        "host_wait": (
            "waiting for a core",
            "share of the time in which the server's busy threads were ready and had no core; with a "
            "quota, how many of its periods were used up",
        ),
        "host_ram": ("memory", "used of all there is, or of the limit of the server's container, by owner"),
        "host_disk": (
            "read from disk",
            "by the server: after the load any of it is weights that did not stay",
        ),
        "host_pressure": ("pressure", "share of the time in which something waited for it (PSI)"),
    },
}
"""Title and meaning of the figures of a source that tells of several, by tag."""
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
    "read_tps": Explanation(
        "prompts read",
        "prompt tokens a second computed by all slots together, whoever asked",
        "/slots, twice a second, and the server's log",
    ),
    "peak_output_tps": Explanation("peak", "the highest decode speed of this run", "all snapshots so far"),
    "slo": Explanation(
        "SLO", "a limit you set; ✓ holds so far, ✗ is missed, · has no value yet", "--slo, or the load plan"
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
    "deferred": Explanation("waiting", "requests the server holds because all slots are busy", "/metrics"),
    "fleet_waiting": Explanation(
        "waiting at a server",
        "at least so many requests wait there: ours beyond its slots while all are busy, or what it says",
        "our own requests, /slots; /metrics of a server of ours",
    ),
    "slot_prompt": Explanation(
        "prompt",
        "prompt tokens computed so far and, for our own requests, of how many; +n came from the cache",
        "/slots, and the progress events of our own requests",
    ),
    "slot_decoded": Explanation("gen", "tokens generated, of those asked for", "/slots: n_decoded, n_remain"),
    "slot_stalled": Explanation(
        "stalled", "how long the slot has made no token, far over its usual", "/slots: n_decoded"
    ),
    "ctx_tokens": Explanation(
        "context in use",
        "tokens in the slot's cache: prompt so far plus generated",
        "/slots: n_prompt_tokens",
    ),
    "spill": Explanation(
        "spill",
        "VRAM is full and the driver moves the server's memory into system memory: decode slows down much",
        "growth of GTT since before the server started, and memory the kernel evicted",
    ),
} | {tag: Explanation(*words, source) for source, told in _BY_SOURCE.items() for tag, words in told.items()}
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
