"""The whole app in a terminal over a pretend /sys: a card's figures move on the screen as its files do."""

from __future__ import annotations

import contextlib
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
from collections.abc import Callable, Iterator
from pathlib import Path

import pyte
import pytest

from tests.fakes.gpu_tree import write_card
from tests.fakes.pretend_sys import with_pretend_sys

pytestmark = pytest.mark.llama
COLUMNS, LINES = 120, 40
PATIENCE_S = 60
FILES = {
    "revision": "0xc8\n",
    "mem_info_vram_total": f"{24 << 30}\n",
    "mem_info_vram_used": f"{2 << 30}\n",
    "mem_info_gtt_total": f"{32 << 30}\n",
    "mem_info_gtt_used": "100000000\n",
    "power__runtime_status": "active\n",
    "hwmon__hwmon2__power1_average": "31000000\n",
    "hwmon__hwmon2__power1_cap": "339000000\n",
}


class Terminal:
    """A program in a pseudo-terminal and what its screen shows."""

    def __init__(self, command: list[str]) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color"}
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
        )
        os.close(slave)
        self._screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self._screen)

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self._master, keys)

    def until(self, wanted: Callable[[str], bool]) -> str:
        """Read what it draws until its screen is as wanted."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            shown = "\n".join(self._screen.display)
            if wanted(shown):
                return shown
            if select.select([self._master], [], [], 1.0)[0]:
                self._stream.feed(os.read(self._master, 1 << 16))
        raise AssertionError("the screen never showed it:\n" + "\n".join(self._screen.display))

    def close(self) -> None:
        """End it as a closing session does, reading what it draws: a full terminal would hold it up."""
        self.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE_S
        while self.process.poll() is None and time.monotonic() < deadline:
            if select.select([self._master], [], [], 0.1)[0]:
                with contextlib.suppress(OSError):  # its end is closed
                    os.read(self._master, 1 << 16)
        self.process.kill()
        self.process.wait()
        os.close(self._master)


@pytest.fixture
def app(tmp_path: Path, tiny_model: Path) -> Iterator[Terminal]:
    write_card(tmp_path, **FILES)
    command = (sys.executable, "-m", "rocmtui", "-m", str(tiny_model), "-np", "1", "-c", "256")
    terminal = Terminal(with_pretend_sys(tmp_path, *command))
    yield terminal
    terminal.close()


def move(path: Path, text: str) -> None:
    """A new value in one step, so no reader sees an empty file."""
    new = path.with_name(path.name + ".new")
    new.write_text(text)
    new.replace(path)


def test_figures_move_on_the_screen(app: Terminal, tmp_path: Path) -> None:
    device = tmp_path / "class/drm/card0/device"
    app.until(lambda screen: "load none yet" in screen)
    app.press(b"4")  # the card's panel alone: this terminal has no room for it beside the others
    app.until(lambda screen: "RX 7900 XTX" in screen and "2.0/24.0 GiB" in screen and "31/339 W" in screen)
    move(device / "mem_info_vram_used", f"{21 << 30}\n")
    move(device / "hwmon/hwmon2/power1_average", "287000000\n")
    app.until(lambda screen: "21.0/24.0 GiB" in screen and "287/339 W" in screen)
    move(device / "power/runtime_status", "suspended\n")
    app.until(lambda screen: "asleep" in screen)
