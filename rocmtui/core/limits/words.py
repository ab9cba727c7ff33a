"""What a share of the limit means: far below it, what usually is the cause; near it, what would help."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rocmtui.core.gpu.link import hop
from rocmtui.core.gpu.reading import GpuSummary
from rocmtui.core.host.sample import HostSummary
from rocmtui.core.limits.decode import FAR, NEAR, DecodeLimit
from rocmtui.core.text import forms
from rocmtui.core.text.late_regex import LateRegex

SPILLED_BYTES = 256 << 20
BUSY_PERCENT = 80.0
LINK_SHARE = 0.5
"""A link that carries at most this share of what it could is told."""
_I_QUANTS = LateRegex(r"IQ[123]_")
SLOW_TYPES = {
    "CPU": "i-quants are slower than K-quants of their size on a processor",
    "Vulkan": "i-quants are slower than K-quants of their size on Vulkan",
    "ROCm": "IQ1 to IQ3 are slower than IQ4_XS on ROCm, though smaller",
}
"""Backend to what is known of small i-quants there. CPU and Vulkan: the feature matrix of llama.cpp's wiki
(March 2025); ROCm: its issue 9644, 10 against 15 tok/s."""


def limit_words(limit: DecodeLimit, cards: Sequence[GpuSummary], host: HostSummary | None) -> str:
    """One sentence; nothing where the share is a usual one."""
    if limit.share >= NEAR:
        return "near the limit: only fewer bytes would help (a smaller quantization or cache type, a draft)"
    if limit.share >= FAR:
        return ""
    reason = next(_evidence(limit, cards, host), None) or next(_usual(limit))
    return f"far below the limit: {reason}"


def _evidence(limit: DecodeLimit, cards: Sequence[GpuSummary], host: HostSummary | None) -> Iterator[str]:
    """What was seen and explains it, the surest first."""
    if limit.host_bytes and limit.host_bandwidth_bytes_per_s is not None:
        yield f"{forms.size(limit.host_bytes)} of a step lie in system memory (layers or experts on the CPU)"
    spilled = max((card.spill_peak_bytes or 0 for card in cards), default=0)
    if spilled >= SPILLED_BYTES:
        yield f"{forms.size(spilled)} spilled into system memory"
    throttled = [reason for card in cards for reason in card.throttle]
    if throttled:
        yield f"the card was held back ({', '.join(dict.fromkeys(throttled))})"
    yield from filter(None, map(_link, cards))
    if host is not None and host.causes:
        yield f"the host: {host.causes[0].text}"
    if limit.backend in SLOW_TYPES and limit.quantization and _I_QUANTS.match(limit.quantization):
        yield f"{SLOW_TYPES[limit.backend]} (this one is {limit.quantization.split(' ')[0]})"
    busy = [card.busy_mean_percent for card in cards if card.busy_mean_percent is not None]
    if busy and max(busy) < BUSY_PERCENT:
        yield f"the card was busy {forms.percent(max(busy))} of the time only: it waits between its steps"


def _usual(limit: DecodeLimit) -> Iterator[str]:
    """What usually is the cause where nothing was seen."""
    if limit.streams >= 3:
        yield "with so many streams computing limits before the memory does"
    if limit.backend == "CPU":
        yield "on a processor computing limits before the memory does for many quantizations"
    yield "nothing measured tells; a backend that is slow for this quantization is the usual cause"


def _link(card: GpuSummary) -> str:
    """A link that was slower or narrower in use than it could be."""
    now = hop(card.pci, card.link_speed, card.link_width)
    most = hop(card.pci, card.link_max_speed, card.link_max_width)
    narrowed = card.link_narrowed_at is not None
    if now.bytes_per_s is None or most.bytes_per_s is None:
        return ""
    if not narrowed and now.bytes_per_s > LINK_SHARE * most.bytes_per_s:
        return ""
    where = f", narrowed at {card.link_narrowed_at}" if narrowed else ""
    return f"the card's link ran at {now.speed} x{now.width} of {most.speed} x{most.width}{where}"
