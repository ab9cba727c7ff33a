"""https: a certificate we trust, one we do not, and a server that speaks no TLS.

tests/fakes/tls holds a self-signed certificate for localhost, made for these tests and good for nothing else.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from rocmtui.core.request.record import ErrorKind
from rocmtui.embedded.known.behaviour import KnownBehaviour
from rocmtui.embedded.known.server import KnownServer
from tests.adapters.wire.fixture import RawServer, error_of, send_one

CERTIFICATE = Path(__file__).parents[2] / "fakes" / "tls" / "certificate.pem"
FAST = KnownBehaviour(ttft_ms=2.0, itl_ms=0.5)


@asynccontextmanager
async def behind_tls(server: KnownServer) -> AsyncIterator[str]:
    """The address of a relay that speaks TLS to clients and plain HTTP to the server."""
    host, port = server.url.removeprefix("http://").split(":")

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            return
        finally:
            writer.close()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back_reader, back_writer = await asyncio.open_connection(host, int(port))
        await asyncio.gather(copy(reader, back_writer), copy(back_reader, writer))

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, CERTIFICATE.with_name("key.pem"))
    listener = await asyncio.start_server(relay, "127.0.0.1", 0, ssl=context)
    yield f"https://localhost:{listener.sockets[0].getsockname()[1]}"
    listener.close()


async def test_a_trusted_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    async with KnownServer(FAST) as server, behind_tls(server) as url:
        trace = await send_one(url)
    assert (trace.error, trace.output_tokens) == (None, 8)
    assert trace.connect_ns is not None


async def test_an_unknown_certificate_is_refused_by_name() -> None:
    async with KnownServer(FAST) as server, behind_tls(server) as url:
        error = error_of(await send_one(url))
    assert (error.kind, error.message) == (ErrorKind.TLS, "TLS failed: CERTIFICATE_VERIFY_FAILED")


async def test_a_server_without_tls() -> None:
    async with RawServer(b"HTTP/1.1 400 Bad Request\r\n\r\n", read_first=False) as server:
        error = error_of(await send_one(server.url.replace("http://", "https://")))
    assert (error.kind, error.message) == (ErrorKind.TLS, "TLS failed: WRONG_VERSION_NUMBER")
    assert error.remedy is not None
    assert "http://" in error.remedy
