"""TLS over a socket we read ourselves, so that its bytes keep the stamp they came with."""

from __future__ import annotations

import asyncio
import socket
import ssl

_RECORD_BYTES = 1 << 16


class TlsSession:
    """One connection's keys: bytes of the wire in, plain bytes out, and the other way."""

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self.closed = False
        """The other side has said that it sends no more."""

    async def shake_hands(self, loop: asyncio.AbstractEventLoop, sock: socket.socket) -> None:
        """Agree on keys over a socket nobody else reads. Raises OSError, of which SSLError is one."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await loop.sock_sendall(sock, self._outgoing.read())
                if data := await loop.sock_recv(sock, _RECORD_BYTES):
                    self._incoming.write(data)
                else:
                    self._incoming.write_eof()
            else:
                return await loop.sock_sendall(sock, self._outgoing.read())

    def encrypted(self, data: bytes) -> bytes:
        """What to send for `data`; with none, what TLS itself has to say."""
        if data:
            self._tls.write(data)
        return self._outgoing.read()

    def decrypted(self, data: bytes) -> bytes:
        """The plain bytes that `data` completes. Raises SSLError."""
        self._incoming.write(data)
        plain = []
        while not self.closed:
            try:
                piece = self._tls.read(_RECORD_BYTES)
            except ssl.SSLWantReadError:
                break
            except ssl.SSLZeroReturnError:
                piece = b""
            self.closed = not piece
            plain.append(piece)
        return b"".join(plain)
