"""Load processes as JSON lines, whatever carries them; and those of this machine."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from functools import cache

import msgspec

from rocmtui import __version__
from rocmtui.adapters.load.carrier import Carrier, PipeCarrier
from rocmtui.core.load.far.engine import Engine
from rocmtui.core.load.said import Hello, LoadFailed, LoadFinished, Said, encode_line
from rocmtui.core.session.commands import LoadCommand, StartLoad, UseKey
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import LoadProcessError

MODULE = "rocmtui.children.load"
START_TIMEOUT_S = 60.0
CLOSE_GRACE_S = 1.0
MOST_NOISE = 200
"""Lines before its hello that are not its own: what a login shell greets with."""


@cache
def _decoder() -> msgspec.json.Decoder[Said]:
    return msgspec.json.Decoder(Said)


class ChildLoadProcess:
    """A running load process; implements `core.session.ports.LoadProcess`."""

    def __init__(self, carrier: Carrier, place: str | None = None) -> None:
        self._carrier = carrier
        self._place = place
        self._number = 0
        self._closing = False
        self._given_up: str | None = None
        self.hello = Hello(at_ns=0, version="", host="", cores=0)

    async def ready(self, api_key: str | None = None) -> ChildLoadProcess:
        """Itself, once it said hello and has the key. Raises LoadProcessError when it does not come up."""
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                hello = await self._first_words()
        except TimeoutError:
            hello = None
            self._carrier.kill()
        except asyncio.CancelledError:
            self._carrier.kill()
            raise
        if hello is None:
            raise LoadProcessError(f"a load process{self._where} {await self._carrier.ending()}")
        self.hello = hello if self._place is None else msgspec.structs.replace(hello, host=self._place)
        if hello.version != __version__:
            await self.close()
            raise LoadProcessError(
                f"rocmtui{self._where} is {clean_line(hello.version, 40)}, here it is {__version__}",
                "install the same version there",
            )
        if api_key:
            await self.send(UseKey(key=api_key))
        return self

    @property
    def pid(self) -> int:
        """Its process id, on its machine."""
        return self.hello.pid

    @property
    def is_far(self) -> bool:
        """Whether it was started through something else than a pipe of this machine."""
        return self._place is not None

    async def send(self, command: LoadCommand) -> None:
        """Give it a command; one that is dead already is told nothing, its `events` tell of its end."""
        if isinstance(command, StartLoad):
            self._number = command.process
        await self._carrier.write(encode_line(command) + b"\n")

    async def events(self) -> AsyncIterator[Said]:
        """Its events until it ends; a LoadFailed last if it ended without a LoadFinished."""
        finished = False
        decode = _decoder().decode
        try:
            while line := await self._carrier.readline():
                event = decode(line)
                finished = finished or isinstance(event, LoadFinished | LoadFailed)
                yield event
        except (msgspec.DecodeError, ValueError) as error:
            yield self._failed(f"said something that is no event: {error}")
            self._carrier.kill()
            return
        how = await self._carrier.ending()
        if not finished and not self._closing:
            yield self._failed(self._given_up or how)

    def give_up(self, why: str) -> None:
        """Cut it off; its `events` end with that."""
        self._given_up = why
        self._carrier.kill()

    async def close(self) -> None:
        """End it: closed stdin first, by force after CLOSE_GRACE_S."""
        self._closing = True
        self._carrier.close_input()
        try:
            async with asyncio.timeout(CLOSE_GRACE_S):
                await self._carrier.ending()
        except TimeoutError:
            self._carrier.kill()
            await self._carrier.ending()

    async def _first_words(self) -> Hello | None:
        decode = _decoder().decode  # while the process starts
        for _ in range(MOST_NOISE):
            line = await self._carrier.readline()
            if not line:
                return None
            try:
                event = decode(line)
            except (msgspec.DecodeError, ValueError):
                continue
            return event if isinstance(event, Hello) else None
        self._carrier.kill()
        return None

    @property
    def _where(self) -> str:
        return f" on {clean_line(self._place, 80)}" if self._place else ""

    def _failed(self, what: str) -> LoadFailed:
        return LoadFailed(at_ns=time.monotonic_ns(), process=self._number, message=what)


class ProcessSpawner:
    """Starts load processes on this machine; implements `core.session.ports.LoadSpawner`."""

    async def spawn(self, number: int, engine: Engine | None, api_key: str | None) -> ChildLoadProcess:
        """Start one and wait until it is ready. Raises LoadProcessError when it does not come up."""
        return await ChildLoadProcess(await PipeCarrier.start((sys.executable, "-m", MODULE))).ready(api_key)
