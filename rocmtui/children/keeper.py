"""Keeps one server: starts it, tells its end, and ends all of it when rocmtui is gone, however rocmtui ended.

Run by path with `python -I -S`: standard library only, up in 30 ms. PR_SET_PDEATHSIG alone would not do: it
spares grandchildren (llama-server behind a wrapper script), and cannot be taken back when the user wants to
keep the server. So rocmtui holds a pipe to this process: when it closes, all that was started here is killed.

    keeper.py STATUS_FD LOG_FD COMMAND...

stdin takes commands, a line each: `term`, `kill` (both to the server's process group), `release FILE`.
stdout becomes the server's stdout and stderr. LOG_FD is the reading end of that same pipe: not read until
`release`, then drained into FILE, so that a server living on never writes into a closed pipe.
STATUS_FD gets `pid N` or `error ERRNO`, and at last `exit STATUS` (negative: a signal).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import sys

PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
PR_SET_CHILD_SUBREAPER = 36
MAX_LOG_BYTES = 64 << 20

_libc = ctypes.CDLL(None)


def main() -> int:
    """Keep the server until it ends."""
    status, log = int(sys.argv[1]), int(sys.argv[2])
    command = sys.argv[3:]
    _libc.prctl(PR_SET_NAME, b"rocmtui-keeper")
    _libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
    pid, error = start(command)
    if error:
        os.write(status, b"error %d\n" % error)
        return 1
    silence()
    os.write(status, b"pid %d\n" % pid)
    Keeper(pid, log).watch()
    os.write(status, b"exit %d\n" % end(pid))
    return 0


def start(command: list[str]) -> tuple[int, int]:
    """Start the command in a session of its own; its pid and 0, or the errno of why it cannot be run."""
    keeper = os.getpid()
    failed_read, failed_write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != keeper:
                os._exit(1)
            for number in (signal.SIGPIPE, signal.SIGXFSZ):
                signal.signal(number, signal.SIG_DFL)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(1, 2)
            os.execvp(command[0], command)
        except OSError as error:
            os.write(failed_write, b"%d" % (error.errno or 1))
        finally:
            os._exit(127)
    os.close(failed_write)
    failure = os.read(failed_read, 32)
    os.close(failed_read)
    if failure:
        os.waitpid(pid, 0)
    return pid, int(failure or 0)


def silence() -> None:
    """Leave the log pipe to the server alone, so that it closes when the server does."""
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    os.dup2(null, 2)


class Keeper:
    """Obeys commands until the server has ended; it is not reaped meanwhile, so its pid stays its own."""

    def __init__(self, pid: int, log: int) -> None:
        self._pid = pid
        self._log = log
        self._server = os.pidfd_open(pid)
        self._poll = select.poll()
        self._released = False
        self._out: int | None = None
        self._written = 0
        self._pending = b""

    def watch(self) -> None:
        """Return when the server has ended."""
        self._poll.register(self._server, select.POLLIN)
        self._poll.register(0, select.POLLIN)
        while True:
            ready = {fd for fd, _ in self._poll.poll()}
            if 0 in ready:
                self._obey(os.read(0, 4096))
            if self._log in ready:
                self._drain()
            if self._server in ready:
                return

    def _obey(self, data: bytes) -> None:
        if not data:
            self._poll.unregister(0)
            if not self._released:
                self._signal(signal.SIGKILL)
            return
        *lines, self._pending = (self._pending + data).split(b"\n")
        for line in lines:
            word, _, path = line.partition(b" ")
            if word == b"term":
                self._signal(signal.SIGTERM)
                self._signal(signal.SIGCONT)  # a suspended server would sleep on
            elif word == b"kill":
                self._signal(signal.SIGKILL)
            elif word == b"release":
                self._release(path)

    def _signal(self, number: int) -> None:
        os.killpg(self._pid, number)

    def _release(self, path: bytes) -> None:
        self._released = True
        try:
            self._out = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError:
            self._out = None  # drained all the same: the server must never block on its log
        self._poll.register(self._log, select.POLLIN)

    def _drain(self) -> None:
        data = os.read(self._log, 1 << 16)
        if not data:
            self._poll.unregister(self._log)
        elif self._out is not None and self._written < MAX_LOG_BYTES:
            try:
                self._written += os.write(self._out, data)
            except OSError:
                self._out = None  # disk full: as above


def end(pid: int) -> int:
    """Kill what is left of the server's group and of its strays, then reap; the server's exit status."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)  # before reaping: the dead leader still holds the group's number
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    for _ in range(100):
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as children:
            strays = [int(word) for word in children.read().split()]
        if not strays:
            break
        for stray in strays:
            os.kill(stray, signal.SIGKILL)
            os.waitpid(stray, 0)
    return status


if __name__ == "__main__":
    sys.exit(main())
