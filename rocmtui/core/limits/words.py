"""What a share of the limit means: far below it, what usually is the cause; near it, what would help."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rocmtui.core.gpu.reading import GpuSummary
from rocmtui.core.host.sample import HostSummary
from rocmtui.core.limits.decode import FAR, NEAR, DecodeLimit
from rocmtui.core.text.sizes import size_text

SPILLED_BYTES = 256 << 20
BUSY_PERCENT = 80.0


def with_words(limit: DecodeLimit, cards: Sequence[GpuSummary], host: HostSummary | None) -> DecodeLimit:
    """The limit with what is said of its share."""
    return msgspec.structs.replace(limit, words=limit_words(limit, cards, host))


def limit_words(limit: DecodeLimit, cards: Sequence[GpuSummary], host: HostSummary | None) -> str:
    """One sentence; nothing where the share is a usual one."""
    if limit.share >= NEAR:
        return "near the limit: only fewer bytes would help (a smaller quantization or cache type, a draft)"
    if limit.share >= FAR:
        return ""
    reasons = _reasons(limit, cards, host)
    return f"far below the limit: {reasons[0]}" if reasons else ""


def _reasons(limit: DecodeLimit, cards: Sequence[GpuSummary], host: HostSummary | None) -> list[str]:
    """What explains it, in order of evidence."""
    found = []
    spilled = max((card.spill_peak_bytes or 0 for card in cards), default=0)
    if spilled >= SPILLED_BYTES:
        found.append(f"{size_text(spilled)} spilled into system memory")
    if limit.host_bytes and limit.host_bandwidth_bytes_per_s is not None:
        found.append(
            f"{size_text(limit.host_bytes)} of a step lie in system memory (layers or experts on the CPU)"
        )
    throttled = [reason for card in cards for reason in card.throttle]
    if throttled:
        found.append(f"the card was held back ({', '.join(dict.fromkeys(throttled))})")
    if host is not None and host.causes:
        found.append(f"the host: {host.causes[0].text}")
    busy = [card.busy_mean_percent for card in cards if card.busy_mean_percent is not None]
    if busy and max(busy) < BUSY_PERCENT:
        found.append(f"the card was busy {max(busy):.0f} % of the time only: it waits between its steps")
    if limit.streams >= 3 and not found:
        found.append("with so many streams computing limits before the memory does")
    if limit.backend == "CPU" and not found:
        found.append("on a processor computing limits before the memory does for many quantizations")
    if not found:
        found.append(
            "nothing measured tells; a backend that is slow for this quantization is the usual cause"
        )
    return found
