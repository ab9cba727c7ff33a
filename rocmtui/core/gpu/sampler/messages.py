"""What the main process and the GPU sampler say to each other, one JSON line each."""

from __future__ import annotations

import msgspec


class SamplerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a sampler process works; its only command line argument, as JSON."""

    root: str = "/sys"
    proc: str = "/proc"
    dev: str = "/dev"
    period_s: float = 0.5
    use_pyrsmi: bool = True


class WatchServer(msgspec.Struct, frozen=True, kw_only=True):
    """Attribute the memory of this process and its children to the server; None: there is none."""

    pid: int | None = None


encode_line = msgspec.json.Encoder().encode
