"""One request to a server, and what became of it."""

from __future__ import annotations

import asyncio
import time

from rocmtui.adapters.wire.llama_client import LlamaClient
from rocmtui.core.load.live import LiveStats
from rocmtui.core.load.scenario import ClosedLoop, Prompt, PromptPlan, Scenario, Target
from rocmtui.core.request.record import RequestError
from rocmtui.core.request.trace import RequestTrace

PROMPT = Prompt(text="one two three")


def scenario(**values: object) -> Scenario:
    chosen = {"max_tokens": 8, "timeout_s": 5.0, **values}
    return Scenario(shape=ClosedLoop(concurrency=1), prompt=PromptPlan(text="x"), **chosen)  # type: ignore[arg-type]


async def send_one(
    url: str, *, api_key: str | None = None, is_llama: bool = True, **values: object
) -> RequestTrace:
    """Send one request and return its trace, ended."""
    target = Target(url=url, is_llama_server=is_llama)
    async with LlamaClient(target, scenario(**values), api_key=api_key) as client:
        trace = RequestTrace(LiveStats())
        await client.send(PROMPT, trace)
        trace.end(time.monotonic_ns())
    return trace


def error_of(trace: RequestTrace) -> RequestError:
    """The error it ended with."""
    assert trace.error is not None
    return trace.error


class RawServer:
    """Answers each connection with the bytes it is given, in the pieces it is given, then closes."""

    def __init__(self, *pieces: bytes, read_first: bool = True, hold: bool = False) -> None:
        self._pieces = pieces
        self._read_first = read_first
        self._hold = hold or not pieces
        """Wait for the client to close."""
        self.requests: list[bytes] = []
        self.closed_by_client = asyncio.Event()

    async def __aenter__(self) -> RawServer:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self._read_first:
                self.requests.append(await reader.readuntil(b"\r\n\r\n"))
            for piece in self._pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)
            if self._hold:
                await reader.read()
                self.closed_by_client.set()
        except (ConnectionError, asyncio.IncompleteReadError):
            self.closed_by_client.set()
        finally:
            writer.close()
