"""Owns the GPU sampler process: starts it, reads its samples, replaces it when it hangs or dies.

A process stuck in the kernel cannot be killed, so nothing here ever waits for one to end.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence

import msgspec

from rocmtui.core.gpu.reading import GpuSample
from rocmtui.core.gpu.sampler.messages import SamplerSettings, WatchServer, encode_line
from rocmtui.core.gpu.sampler.policy import SamplerPolicy

MAX_LINE_BYTES = 1 << 20
ONCE_S = 5.0
"""Longest wait for a single sample."""
_POLL_S = 0.5
_REAP_TRIES = 30
_REAP_PAUSE_S = 0.01
_stuck: list[subprocess.Popen[bytes]] = []
"""Killed processes that had not ended: kept, so that nobody waits for them."""


class SamplerProcess:
    """The GpuSource of a live session. One consumer of `samples()` at a time."""

    def __init__(
        self,
        settings: SamplerSettings | None = None,
        *,
        command: Sequence[str] = (sys.executable, "-m", "rocmtui.children.sampler"),
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._settings = settings or SamplerSettings()
        self._command = tuple(command)
        self._now_ns = monotonic_ns
        self._policy = SamplerPolicy(period_ns=round(self._settings.period_s * 1e9))
        self._child: _Child | None = None
        self._server_pid: int | None = None
        self._closed = asyncio.Event()
        self._last: GpuSample | None = None

    @property
    def pid(self) -> int | None:
        """Of the running sampler; None before the first."""
        return self._child.process.pid if self._child is not None else None

    async def samples(self) -> AsyncIterator[GpuSample]:
        """Samples as they come, until `close`; a stale repeat of the last one while there is silence."""
        while not self._closed.is_set():
            try:
                self._child = self._start()
            except OSError:  # no process is to be had now: a limit on their number
                await self._pause(self._policy.failed() / 1e9)
                continue
            await self._child.listen()
            async for sample in self._listen(self._child):
                yield sample
            await self._child.kill()
            if not self._closed.is_set():
                await self._pause(self._policy.failed() / 1e9)

    def watch_server(self, pid: int | None) -> None:
        """Whose memory to attribute to the server."""
        self._server_pid = pid
        if self._child is not None:
            self._child.send(encode_line(WatchServer(pid=pid)))

    async def close(self) -> None:
        """End the process; returns within half a second, whatever state it is in."""
        self._closed.set()
        if self._child is not None:
            await self._child.kill()

    def _start(self) -> _Child:
        use_pyrsmi = self._settings.use_pyrsmi and not self._policy.sysfs_only
        settings = msgspec.structs.replace(self._settings, use_pyrsmi=use_pyrsmi)
        child = _Child([*self._command, encode_line(settings).decode()])
        self._policy.started(self._now_ns())
        if self._server_pid is not None:
            child.send(encode_line(WatchServer(pid=self._server_pid)))
        return child

    async def _listen(self, child: _Child) -> AsyncIterator[GpuSample]:
        """Its samples until it ends, is given up on or we are closed."""
        told_stale = False
        while not self._closed.is_set():
            line = await child.read_line(_POLL_S)
            now_ns = self._now_ns()
            sample = _decode(line) if line else None
            if sample is not None:
                told_stale = False
                self._policy.heard(now_ns)
                self._last = self._annotated(sample)
                yield self._last
            elif line == b"" or self._policy.is_dead(now_ns):
                return
            elif self._policy.is_stale(now_ns) and not told_stale and self._last is not None:
                told_stale = True
                yield msgspec.structs.replace(self._last, at_ns=now_ns, stale=True)

    def _annotated(self, sample: GpuSample) -> GpuSample:
        if not (self._settings.use_pyrsmi and self._policy.sysfs_only):
            return sample
        note = "AMD's SMI library failed three times here: using sysfs alone."
        return msgspec.structs.replace(sample, notes=(*sample.notes, note))

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closed.wait(), seconds)


async def sample_once(settings: SamplerSettings | None = None, timeout_s: float = ONCE_S) -> GpuSample:
    """One sample with AMD's library in it, or the kernel's alone where the library keeps silent."""
    chosen = msgspec.structs.replace(settings or SamplerSettings(), period_s=0.02)
    process = SamplerProcess(chosen)
    newest: GpuSample | None = None
    try:
        async with asyncio.timeout(timeout_s):
            async for sample in process.samples():
                is_second = newest is not None
                newest = sample
                if is_second or not sample.gpus:
                    break
    except TimeoutError:
        note = "The GPU sampler does not answer."
        newest = newest or GpuSample(at_ns=time.monotonic_ns(), notes=(note,))
    finally:
        await process.close()
    assert newest is not None
    return newest


class _Child:
    """One sampler process and its two pipes."""

    def __init__(self, command: Sequence[str]) -> None:
        """Raises OSError where no process is to be had."""
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            bufsize=0,
        )
        assert self.process.stdin is not None
        self._commands = self.process.stdin
        self._lines = asyncio.StreamReader(limit=MAX_LINE_BYTES)
        self._samples: asyncio.ReadTransport | None = None
        os.set_blocking(self._commands.fileno(), False)

    async def listen(self) -> None:
        """Begin to read its samples."""
        protocol = asyncio.StreamReaderProtocol(self._lines)
        loop, pipe = asyncio.get_running_loop(), self.process.stdout
        self._samples, _ = await loop.connect_read_pipe(lambda: protocol, pipe)

    async def read_line(self, timeout_s: float) -> bytes | None:
        """The next line; None when none came in time, b"" when there will be no more."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._lines.readline()
        except TimeoutError:
            return None
        except ValueError:  # far longer than any sample
            return b""

    def send(self, line: bytes) -> None:
        """Tell it something; lost if it does not read."""
        with contextlib.suppress(BlockingIOError, BrokenPipeError, ValueError):
            self._commands.write(line + b"\n")

    async def kill(self) -> None:
        """Kill it and give it 0.3 s to go; one stuck in the kernel goes when it can."""
        if self._samples is not None:  # else the pipe is closed by who waited for it in vain
            self._samples.close()
        self._commands.close()
        self.process.kill()
        for _ in range(_REAP_TRIES):
            if self.process.poll() is not None:
                return
            await asyncio.sleep(_REAP_PAUSE_S)
        _stuck.append(self.process)


def _decode(line: bytes) -> GpuSample | None:
    try:
        return msgspec.json.decode(line, type=GpuSample)
    except msgspec.DecodeError:
        return None
