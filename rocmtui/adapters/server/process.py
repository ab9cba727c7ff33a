"""A server process behind its keeper: own session, log lines as they come, signals to its whole group."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from pathlib import Path

import rocmtui
from rocmtui.adapters.host.oom import OomWatch
from rocmtui.adapters.machine.proc_stat import stat_fields
from rocmtui.adapters.server.local_process import parent_of
from rocmtui.core.host.memory_kill import MemoryKill

KEEPER = Path(rocmtui.__file__).parent / "children" / "keeper.py"
MAX_LINE_BYTES = 1 << 16
DRAIN_S = 1.0
"""How long to read on after the process ended; only a stray that holds the pipe makes this needed."""


class KeptProcess:
    """Implements `core.ports.ServerProcess`. However this program ends, the process is killed at once."""

    def __init__(
        self, keeper: subprocess.Popen[bytes], command: tuple[str, ...], log: int, status: _StatusReader
    ) -> None:
        self._keeper = keeper
        self.command = command
        """The command line as run."""
        self._log: int | None = log
        self._status = status
        self._oom = OomWatch(status.pid)

    @property
    def pid(self) -> int:
        """The server's own process id (not its keeper's)."""
        return self._status.pid

    async def lines(self) -> AsyncGenerator[tuple[str, ...], None]:
        """Lines of stdout and stderr as written, all that were read at once; to be called once."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        if self._log is None:
            return
        log = os.fdopen(self._log, "rb", buffering=0)
        self._log = None
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), log)
        try:
            pending = b""
            while data := await self._read(reader):
                *lines, pending = (pending + data).split(b"\n")
                if len(pending) > MAX_LINE_BYTES:
                    lines, pending = [*lines, pending], b""
                if lines:
                    yield tuple(map(_text, lines))
            if pending:
                yield (_text(pending),)
        finally:
            transport.close()

    async def _read(self, reader: asyncio.StreamReader) -> bytes:
        read = asyncio.ensure_future(reader.read(1 << 16))
        try:
            await asyncio.wait((read, self._status.exited), return_when=asyncio.FIRST_COMPLETED)
            if not read.done():
                await asyncio.wait((read,), timeout=DRAIN_S)
            return read.result() if read.done() else b""
        finally:
            read.cancel()

    def terminate(self) -> None:
        """SIGTERM to the process group."""
        self._tell(b"term\n")

    def kill_group(self) -> None:
        """SIGKILL to the process group."""
        self._tell(b"kill\n")

    def release(self, log_file: str) -> None:
        """Let it live on without us; from now on its log goes to `log_file`."""
        if self._log is not None:
            os.close(self._log)
            self._log = None
        self._tell(b"release " + os.fsencode(log_file) + b"\n")
        if self._keeper.stdin is not None:
            self._keeper.stdin.close()
        self._keeper.returncode = 0  # no longer ours to wait for

    async def wait(self) -> int:
        """Its exit status; negative is a signal. Everything it started is gone as well by then."""
        return await asyncio.shield(self._status.exited)

    def returncode(self) -> int | None:
        """Its exit status, None while it runs."""
        return self._status.exited.result() if self._status.exited.done() else None

    def memory_kill(self) -> MemoryKill | None:
        """Whether the kernel killed it for memory; None: cannot be told."""
        return self._oom.seen()

    def is_stopped(self) -> bool:
        """Whether it is suspended (SIGSTOP, a debugger)."""
        return stat_fields(self.pid)[:1] in (["T"], ["t"])

    def owns(self, pid: int) -> bool:
        """Whether a process is this one or was started by it, in whatever session."""
        with contextlib.suppress(OSError):
            if os.getsid(pid) == self.pid:
                return True
        while pid not in (0, 1, os.getpid()):
            if pid in (self.pid, self._keeper.pid):
                return True
            pid = parent_of(pid)
        return False

    def _tell(self, command: bytes) -> None:
        if self._keeper.stdin is not None and not self._keeper.stdin.closed:
            with contextlib.suppress(BrokenPipeError):
                self._keeper.stdin.write(command)


async def start_process(command: Sequence[str], environment: Mapping[str, str]) -> KeptProcess:
    """Start a command in a session of its own. Raises OSError where it cannot be run."""
    log_read, log_write = os.pipe()
    status_read, status_write = os.pipe()
    try:
        keeper = subprocess.Popen(
            [sys.executable, "-I", "-S", str(KEEPER), str(status_write), str(log_read), *command],
            stdin=subprocess.PIPE,
            stdout=log_write,
            stderr=log_write,
            env=dict(environment),
            pass_fds=(status_write, log_read),
            start_new_session=True,
            bufsize=0,
        )
    finally:
        os.close(log_write)
        os.close(status_write)
    status = _StatusReader(status_read, keeper)
    try:
        await status.started
    except (OSError, asyncio.CancelledError):
        os.close(log_read)
        if keeper.stdin is not None:
            keeper.stdin.close()  # whatever it has started ends
        await asyncio.shield(status.exited)
        raise
    return KeptProcess(keeper, tuple(command), log_read, status)


def _text(line: bytes) -> str:
    return line.decode(errors="replace").rstrip("\r")


class _StatusReader:
    """Reads what the keeper tells of the server."""

    def __init__(self, fd: int, keeper: subprocess.Popen[bytes]) -> None:
        self._loop = asyncio.get_running_loop()
        self._fd = fd
        self._keeper = keeper
        self._pending = b""
        self._status = -int(signal.SIGKILL)
        """Unless the keeper says otherwise: it was killed, and the server with it."""
        self.pid = 0
        self.started: asyncio.Future[None] = self._loop.create_future()
        self.exited: asyncio.Future[int] = self._loop.create_future()
        self._loop.add_reader(fd, self._readable)

    def _readable(self) -> None:
        data = os.read(self._fd, 4096)
        *lines, self._pending = (self._pending + data).split(b"\n")
        for line in lines:
            word, number = line.split()
            self._take(word, int(number))
        if not data:
            self._close()

    def _take(self, word: bytes, number: int) -> None:
        if word == b"pid":
            self.pid = number
            if not self.started.done():  # the start was cancelled meanwhile
                self.started.set_result(None)
        elif word == b"error" and not self.started.done():
            self.started.set_exception(OSError(number, os.strerror(number)))
        elif word == b"exit":
            self._status = number

    def _close(self) -> None:
        self._loop.remove_reader(self._fd)
        os.close(self._fd)
        if self._keeper.stdin is not None:
            self._keeper.stdin.close()
        self._keeper.wait()  # it writes its status last, so this does not block
        if not self.started.done():
            self.started.set_exception(OSError(f"its keeper ended with {self._keeper.returncode}"))
        self.exited.set_result(self._status)
