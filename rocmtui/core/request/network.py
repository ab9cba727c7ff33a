"""What the kernel knows of a connection's network: the figures of TCP_INFO that a latency may hold."""

from __future__ import annotations

import struct

import msgspec

TCP_INFO_BYTES = 256
_U32 = struct.Struct("@I")
_RTT, _RETRANSMITS, _MIN_RTT, _OUT_OF_ORDER = 68, 100, 148, 224
"""Where they are in Linux's `struct tcp_info`."""
_UNKNOWN = 0xFFFFFFFF


class NetworkFigures(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One connection at its end. Round trips in microseconds; None where none was timed."""

    rtt_us: int | None = None
    """Smoothed."""
    rtt_min_us: int | None = None
    retransmits: int = 0
    """Packets we had to send again."""
    out_of_order: int = 0
    """Packets that came before an earlier one: what the other side had to send again shows so."""

    @property
    def lost(self) -> int:
        """Packets that had to be sent again, as far as our side can see."""
        return self.retransmits + self.out_of_order


def network_figures(info: bytes) -> NetworkFigures:
    """Read what `getsockopt(IPPROTO_TCP, TCP_INFO)` gave; an older kernel gives less."""

    def figure(offset: int) -> int | None:
        return _U32.unpack_from(info, offset)[0] if len(info) >= offset + _U32.size else None

    smallest = figure(_MIN_RTT)
    return NetworkFigures(
        rtt_us=figure(_RTT) or None,
        rtt_min_us=None if smallest == _UNKNOWN else smallest,
        retransmits=figure(_RETRANSMITS) or 0,
        out_of_order=figure(_OUT_OF_ORDER) or 0,
    )
