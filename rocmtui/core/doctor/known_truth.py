"""What a server of known latencies did, reply by reply, on the clock the client has."""

from __future__ import annotations

import msgspec


class ServedReply(msgspec.Struct, frozen=True):
    """One reply as it was served, in monotonic nanoseconds: a line of the known server's log."""

    number: int | None
    """The first number in its prompt: how a client tells its requests apart."""
    arrived_ns: int
    """By the kernel's stamp of the request."""
    written_ns: tuple[int, ...]
    """Taken just before each event with tokens was written."""

    @property
    def ttft_ms(self) -> float:
        """From the request's arrival to the first token."""
        return (self.written_ns[0] - self.arrived_ns) / 1e6

    @property
    def itl_ms(self) -> float:
        """Between tokens, of which there are at least two."""
        return (self.written_ns[-1] - self.written_ns[0]) / (len(self.written_ns) - 1) / 1e6


class KnownTruth(msgspec.Struct, frozen=True, kw_only=True):
    """All it served, and how late it was against what it was told to do."""

    replies: tuple[ServedReply, ...]
    late_ms_mean: float | None = None
    late_ms_p99: float | None = None
