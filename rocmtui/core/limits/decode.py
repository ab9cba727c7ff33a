"""A measured decode speed beside its limit."""

from __future__ import annotations

import msgspec

from rocmtui.core.limits.bandwidth import Bandwidth
from rocmtui.core.limits.step import StepBytes
from rocmtui.core.text import forms

FAR, NEAR = 0.4, 0.7
"""Below the first share something is wrong; above the second only fewer bytes would help."""


EXPLANATION = (
    "limit: the most that decode could reach (tok/s)\n"
    "    A step reads every active weight once and the cache of each stream; so at most streams x tokens a "
    "step x bandwidth / bytes a step. Bandwidth: by the driver, else the maker; of system memory by a copy."
)


class DecodeSeen(msgspec.Struct, frozen=True, kw_only=True):
    """How a run decoded, over the time in which any request did."""

    tps: float
    """Tokens of all streams a second."""
    streams: float
    """Requests that decoded at once, on average."""
    depth_tokens: float
    """Tokens before the one that is made, on average."""
    tokens_a_step: float = 1.0
    """More than 1 where a draft's tokens were accepted."""


class DecodeLimit(msgspec.Struct, frozen=True, kw_only=True):
    """A decode speed, what it could be at most, and what that was made of: the report's `limit` block."""

    tps: float
    limit_tps: float
    share: float
    """Above 1: a cache holds a part of the weights."""
    streams: float
    depth_tokens: float
    tokens_a_step: float
    weights_bytes: int
    """Read in a step."""
    kv_bytes: int
    """Read in a step, of all streams."""
    host_bytes: int
    """Of both, what is read from system memory."""
    device: str
    bandwidth_bytes_per_s: float
    """Of that device."""
    bandwidth_source: str
    host_bandwidth_bytes_per_s: float | None = None
    """Of system memory, where a step reads from it besides."""
    kind: str = "dense"
    """`dense` or `moe`."""
    backend: str | None = None
    quantization: str | None = None
    words: str = ""
    """Why it is far below, or what alone would help; nothing in between."""
    prefill_ops_per_s: float | None = None
    """2 x active weights x prompt tokens a second; its peak is not known, so it has no share."""


def step_seconds(read: StepBytes, card: Bandwidth | None, host: Bandwidth | None) -> float | None:
    """The least a step takes, one device after the other; None where a speed that it needs is not known."""
    on_card, on_host = read.card_weights + read.card_kv, read.host_weights + read.host_kv
    if (on_card and card is None) or (on_host and host is None):
        return None
    seconds = on_card / card.bytes_per_s if card is not None else 0.0
    seconds += on_host / host.bytes_per_s if host is not None else 0.0
    return seconds or None


def decode_limit(
    seen: DecodeSeen, read: StepBytes, *, device: str, card: Bandwidth | None, host: Bandwidth | None
) -> DecodeLimit | None:
    """The limit beside the speed; `read` is of a step of the run's streams. None where it is not known."""
    seconds = step_seconds(read, card, host)
    if seconds is None or not seen.tps:
        return None
    limit = seen.streams * seen.tokens_a_step / seconds
    main = card if card is not None and read.card_weights else host
    assert main is not None
    on_host = read.host_weights + read.host_kv
    beside = host if main is card and on_host else None
    return DecodeLimit(
        **msgspec.structs.asdict(seen),
        limit_tps=limit,
        share=seen.tps / limit,
        weights_bytes=read.card_weights + read.host_weights,
        kv_bytes=read.card_kv + read.host_kv,
        host_bytes=on_host,
        device=device,
        bandwidth_bytes_per_s=main.bytes_per_s,
        bandwidth_source=main.source,
        host_bandwidth_bytes_per_s=beside.bytes_per_s if beside is not None else None,
    )


def limit_text(limit: DecodeLimit) -> str:
    """`61 tok/s of at most 78: 78 % of 960 GB/s`."""
    speed = f"{forms.figure(limit.bandwidth_bytes_per_s / 1e9)} GB/s"
    above = "; more than all of it: a cache holds a part of the weights" if limit.share > 1 else ""
    reached = f"{forms.tps(limit.tps)} tok/s of at most {forms.tps(limit.limit_tps)}"
    return f"{reached}: {forms.share(limit.share)} of {speed}{above}"
