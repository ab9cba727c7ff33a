"""The sampler process: samples of cards and host out on its first descriptor, commands in, a JSON line each.

AMD's library prints, hangs and aborts; here it can do so without harm. Ends when its parent does.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import sys
import time
from collections.abc import Iterable

from rocmtui.adapters.machine.lean_msgspec import msgspec

# isort: split
from rocmtui.adapters.gpu.sampler import GpuSampler
from rocmtui.adapters.host.reader import HostReader
from rocmtui.core.gpu.sampler.messages import SamplerSettings, WatchServer, encode_line
from rocmtui.core.host.sample import HostSample

PR_SET_PDEATHSIG = 1
_COMMANDS = 0
_decode_command = msgspec.json.Decoder(WatchServer).decode


def main() -> int:
    """Sample until the parent closes our standard input or stops reading."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = (
        msgspec.json.decode(sys.argv[1], type=SamplerSettings) if len(sys.argv) > 1 else SamplerSettings()
    )
    samples = silence()
    sampler = GpuSampler(settings, time.monotonic_ns())
    host = HostReader(settings.proc, settings.root, os.getppid())
    period_ns = int(settings.period_s * 1e9)
    next_ns = time.monotonic_ns()
    try:
        while True:
            cards, around = sampler.sample(time.monotonic_ns()), look_around(host, time.monotonic_ns())
            os.write(samples, encode_line(msgspec.structs.replace(cards, host=around)) + b"\n")
            next_ns = max(next_ns + period_ns, time.monotonic_ns())
            if not _obey_until(next_ns, (sampler, host)):
                return 0
    except BrokenPipeError:
        return 0


def look_around(host: HostReader, now_ns: int) -> HostSample | None:
    """The host now; None where a kernel's file is not as it should be: the cards are told all the same."""
    try:
        return host.read(now_ns)
    except (ValueError, IndexError, OverflowError, ZeroDivisionError):
        return None


def silence() -> int:
    """Point descriptors 1 and 2 at nothing; returns where samples go instead."""
    samples = os.dup(1)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    os.close(nothing)
    return samples


def _obey_until(at_ns: int, readers: Iterable[GpuSampler | HostReader]) -> bool:
    """Follow commands until the next sample is due; False once the parent has gone."""
    while (left_ns := at_ns - time.monotonic_ns()) > 0:
        ready, _, _ = select.select([_COMMANDS], [], [], left_ns / 1e9)
        if ready:
            commands = os.read(_COMMANDS, 4096)
            if not commands:
                return False
            for line in commands.splitlines():
                _obey(line, readers)
    return True


def _obey(line: bytes, readers: Iterable[GpuSampler | HostReader]) -> None:
    with contextlib.suppress(msgspec.DecodeError):
        pid = _decode_command(line).pid
        for reader in readers:
            reader.watch_server(pid)


if __name__ == "__main__":
    sys.exit(main())
