"""Opens sockets that ask the kernel for stamps."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
from typing import Any

from rocmtui.adapters.wire.lean_httpx import httpx
from rocmtui.core.request.arrival import SO_TIMESTAMPNS

_Address = tuple[socket.AddressFamily, Any]


class Dialer:
    """Knows the address of each host that answered last."""

    def __init__(self, uds: str | None) -> None:
        self._uds = uds
        self._known: dict[tuple[str, int], list[_Address]] = {}

    async def dial(self, loop: asyncio.AbstractEventLoop, url: httpx.URL) -> socket.socket:
        """A connected, non-blocking socket. Raises OSError."""
        if self._uds is not None:
            return await _connected(loop, (socket.AF_UNIX, self._uds))
        key = (url.host, url.port or (443 if url.scheme == "https" else 80))
        failure = OSError(f"{url.host} has no address")
        for address in self._known.get(key) or await _addresses(loop, *key):
            try:
                sock = await _connected(loop, address)
            except OSError as error:
                failure = error
            else:
                self._known[key] = [address]
                return sock
        self._known.pop(key, None)
        raise failure


async def _addresses(loop: asyncio.AbstractEventLoop, host: str, port: int) -> list[_Address]:
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a label that is empty or too long
        raise OSError(f"{host} is no name of a host") from error
    return [(family, address) for family, _, _, _, address in found]


def stamping_socket() -> socket.socket:
    """A socket that does nothing but want stamps.

    The kernel begins to stamp some time after the first socket of the machine asks, and ends with the last:
    held while a transport lives, this one spares each first reply of a quiet machine its missing stamp.
    """
    sock = socket.socket()
    _ask_for_stamps(sock)
    return sock


def _ask_for_stamps(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):  # a system without them: reads carry their own time
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)


async def _connected(loop: asyncio.AbstractEventLoop, address: _Address) -> socket.socket:
    family, place = address
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        if family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _ask_for_stamps(sock)
        await loop.sock_connect(sock, place)
    except BaseException:
        sock.close()
        raise
    return sock


def in_words(error: OSError) -> str:
    """What the system calls it; asyncio words failures of connect() in its own way."""
    if isinstance(error, ssl.SSLError) or error.errno is None or error.errno <= 0:
        return error.strerror or str(error)
    return os.strerror(error.errno)
