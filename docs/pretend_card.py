"""A pretend AMD card for the scripted demo: the files of a recorded one, moved as a load would move them."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec

from rocmtui.adapters.gpu.sampler_process import SamplerProcess
from rocmtui.core.gpu.reading import GpuSample, MemoryUser
from rocmtui.core.server.state import ServerState
from rocmtui.core.session.view import SessionView

GIB = 1 << 30
VRAM_TOTAL = 24 * GIB
OTHERS = round(1.1 * GIB)
WEIGHTS = round(16.4 * GIB)
A_REQUEST = round(0.7 * GIB)
NEIGHBOUR = round(3.2 * GIB)
"""What another program takes near the end, so that the card overflows."""
SPILLED = round(2.3 * GIB)
CARD = f"rx7900xtx:vram_total={VRAM_TOTAL},gtt_total={32 * GIB},gfx=110000"
STEP_S = 0.25


def make_tree(scripts: Path, tree: Path) -> None:
    """A pretend /sys of one RX 7900 XTX below `tree`, from its recording."""
    subprocess.run([sys.executable, scripts / "mkfake.py", tree, CARD], check=True, stdout=subprocess.DEVNULL)


class PretendCard:
    """Moves the files below `sys_root` by what a session shows. The figures are invented, not measured.

    As a GpuSource it gives the sampler's readings of those files, with memory of the card attributed to
    the server: a process of this machine cannot hold any.
    """

    def __init__(self, sys_root: Path) -> None:
        self._sampler = SamplerProcess()
        self._server_pid: int | None = None
        self._held = 0
        self._device = (sys_root / "class/drm/card0/device").resolve()
        self._hwmon = next((self._device / "hwmon").iterdir())
        self._random = random.Random(7)
        self.spills = False
        """Whether a neighbour takes memory now."""
        self._vram = float(OTHERS)
        self._gtt = 0.03 * GIB
        self._watts = 24.0
        self._edge = 41.0

    async def samples(self) -> AsyncIterator[GpuSample]:
        """What the sampler reads of the pretend card."""
        async for sample in self._sampler.samples():
            users = [
                MemoryUser(
                    pci=gpu.pci,
                    pid=self._server_pid,
                    name="llama-server",
                    vram_bytes=self._held,
                    is_server=True,
                )
                for gpu in sample.gpus
                if self._server_pid is not None
            ]
            yield msgspec.structs.replace(sample, users=tuple(users))

    def watch_server(self, pid: int | None) -> None:
        """Whose memory is the server's."""
        self._server_pid = pid
        self._sampler.watch_server(pid)

    async def close(self) -> None:
        """End the sampler."""
        await self._sampler.close()

    async def follow(self, view: Callable[[], SessionView]) -> None:
        """Until cancelled."""
        while True:
            self.step(view())
            await asyncio.sleep(STEP_S)

    def step(self, view: SessionView) -> None:
        """The figures a quarter of a second later."""
        live = view.live
        decoding, prefilling = (live.decoding, live.prefilling) if live else (0, 0)
        loaded = view.server.state in (ServerState.READY, ServerState.UNRESPONSIVE)
        busy = decoding + prefilling
        held = WEIGHTS + busy * A_REQUEST if loaded else 0
        vram = OTHERS + held + (NEIGHBOUR if self.spills else 0)
        self._held += round((held - self._held) * 0.3)
        self._vram += (min(vram, 0.985 * VRAM_TOTAL) - self._vram) * 0.3
        self._gtt += ((SPILLED if self.spills else 0.03 * GIB) - self._gtt) * 0.3
        watts = 24 if not loaded else 58 if not busy else min(215 + 14 * decoding + 22 * prefilling, 288)
        if self.spills and busy:
            watts -= 90
        self._watts += (watts + self._random.uniform(-5, 5) - self._watts) * 0.4
        self._edge += (38 + self._watts * 0.105 - self._edge) * 0.04
        self._write(busy)

    def _write(self, busy: int) -> None:
        wobble = self._random.uniform(-25, 25)
        move(self._device / "mem_info_vram_used", round(self._vram))
        move(self._device / "mem_info_vis_vram_used", round(self._vram))
        move(self._device / "mem_info_gtt_used", round(self._gtt))
        move(self._device / "gpu_busy_percent", 99 if busy else 2)
        move(self._hwmon / "power1_average", round(self._watts * 1e6))
        move(self._hwmon / "temp1_input", round(self._edge * 1000))
        move(self._hwmon / "temp2_input", round((self._edge + self._watts * 0.06) * 1000))
        move(self._hwmon / "temp3_input", round((self._edge + 10 + self._watts * 0.02) * 1000))
        move(self._hwmon / "freq1_input", round((2430 + wobble if busy else 48) * 1e6))
        move(self._hwmon / "freq2_input", round((1249 if busy else 96) * 1e6))
        move(self._hwmon / "fan1_input", max(round((self._edge - 48) * 62), 0))


def move(path: Path, value: int) -> None:
    """A new value in one step, so that no reader sees an empty file."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(f"{value}\n")
    new.replace(path)
