"""TCP_INFO, read by its offsets."""

from __future__ import annotations

import socket
import struct

from rocmtui.core.request.network import TCP_INFO_BYTES, NetworkFigures, network_figures


def info(size: int = TCP_INFO_BYTES, **at: int) -> bytes:
    data = bytearray(size)
    for offset, value in at.items():
        struct.pack_into("@I", data, int(offset.removeprefix("at")), value)
    return bytes(data)


def test_round_trips_and_what_had_to_be_sent_again() -> None:
    figures = network_figures(info(at68=1500, at100=2, at148=900, at224=3))
    assert figures == NetworkFigures(rtt_us=1500, rtt_min_us=900, retransmits=2, out_of_order=3)
    assert figures.lost == 5


def test_what_the_kernel_does_not_know_stays_unknown() -> None:
    assert network_figures(info(at148=0xFFFFFFFF)) == NetworkFigures()
    assert network_figures(info(size=104, at68=7)) == NetworkFigures(rtt_us=7)
    assert network_figures(b"") == NetworkFigures()


def test_this_kernel_has_them_where_we_look() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as near,
        listener.accept()[0] as far,
    ):
        near.sendall(b"x")
        far.recv(1)
        figures = network_figures(near.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_BYTES))
    assert figures.rtt_us is not None
    assert figures.rtt_min_us is not None
    assert 0 < figures.rtt_min_us <= 1_000_000
    assert figures.lost == 0
