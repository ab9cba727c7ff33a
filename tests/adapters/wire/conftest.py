"""What tests of the wire share."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from rocmtui.adapters.wire.dialing import stamping_socket
from rocmtui.core.request.arrival import ANCILLARY_BYTES, SO_TIMESTAMPNS


@pytest.fixture
def stamping() -> Iterator[None]:
    """The kernel stamps: it begins to some time after the first socket asks."""
    with stamping_socket(), socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
        for _ in range(1000):
            with socket.create_connection(address) as near, listener.accept()[0] as far:
                near.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
                far.send(b"x")
                if near.recvmsg(1, ANCILLARY_BYTES)[1]:
                    break
        yield
