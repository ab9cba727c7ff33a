"""A terminal that takes no output: a signal ends the app all the same."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

from rocmtui.errors import ExitCode

FULL_BYTES = 4000
"""A pseudo-terminal holds about 4 KiB that nobody has read."""


def wait_until_full(master: int) -> None:
    """Until the terminal holds more than it takes, and the app waits to draw on."""
    deadline = time.monotonic() + 60
    waiting = 0
    while waiting < FULL_BYTES and time.monotonic() < deadline:
        select.select([master], [], [], 0.1)
        waiting = struct.unpack("i", fcntl.ioctl(master, termios.FIONREAD, b"1234"))[0]
    assert waiting >= FULL_BYTES, "the app never drew"


def test_a_signal_ends_an_app_whose_terminal_reads_nothing() -> None:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 200, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    app = subprocess.Popen(
        [sys.executable, "-m", "rocmtui"],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment,
        start_new_session=True,
    )
    os.close(slave)
    try:
        wait_until_full(master)
        app.send_signal(signal.SIGTERM)
        assert app.wait(timeout=30) == ExitCode.INTERRUPTED
    finally:
        app.kill()
        app.wait()
        os.close(master)


READS_ON = """
import asyncio, os, threading
from rocmtui.cli.run import signals
signals.STUCK_S = 0.2

def read_on():
    while True:
        try:
            os.read(0, 1)
        except OSError:
            pass

async def main():
    gone = asyncio.Event()
    with signals.ending_an_app(gone.set, 7):
        print("open", flush=True)
        await gone.wait()
    threading.Thread(target=read_on).start()

asyncio.run(main())
"""
"""An app that has left, but for a thread that still reads its terminal; Python waits for that one."""


def test_an_app_ends_though_a_thread_reads_a_terminal_that_went_away_while_it_was_leaving() -> None:
    master, slave = pty.openpty()
    with subprocess.Popen([sys.executable, "-c", READS_ON], stdin=slave, stdout=subprocess.PIPE) as app:
        os.close(slave)
        try:
            assert app.stdout is not None
            assert app.stdout.readline() == b"open\n"
            os.close(master)
            assert app.wait(timeout=30) == 7
        finally:
            app.kill()


def test_an_app_ends_when_its_terminal_is_gone() -> None:
    """A terminal that controls no session sends no signal: the end of its input must be seen."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    app = subprocess.Popen(
        [sys.executable, "-m", "rocmtui", "replay", "--demo"],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "TERM": "xterm-256color"},
        start_new_session=True,
    )
    os.close(slave)
    try:
        os.read(master, 1)
        os.close(master)
        assert app.wait(timeout=30) == ExitCode.INTERRUPTED
    finally:
        app.kill()
        app.wait()
