"""How many bytes a second system memory moves: copied once in 0.3 s, and kept by machine."""

from __future__ import annotations

import contextlib
import ctypes
import os
import threading
import time
from pathlib import Path

import msgspec

from rocmtui.adapters.machine.files import data_folder, write_whole
from rocmtui.core.limits.bandwidth import Bandwidth

COPY_BYTES = 128 << 20
BUDGET_S = 0.3
ROUNDS = 5


class _Kept(msgspec.Struct):
    machine: str
    bytes_per_s: float


def host_bandwidth(
    machine: str, file: Path | None = None, *, anew: bool = False, may_measure: bool = True
) -> Bandwidth | None:
    """Of this machine (`machine` tells it from others that share the file): as kept, else measured now.

    `anew`: measured again, for a machine that was busy the first time; the higher figure stays. None where
    it is not known and may not be measured now.
    """
    path = file or data_folder("memory-speed.json")
    kept = _read(path, machine)
    if anew or (kept is None and may_measure):
        kept = max(kept or 0.0, _measure())
        with contextlib.suppress(OSError):  # measured again next time
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, msgspec.json.encode(_Kept(machine, kept)))
    return Bandwidth(bytes_per_s=kept, source="measured: copying, read and write together") if kept else None


def _read(path: Path, machine: str) -> float | None:
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=_Kept)
    except (OSError, msgspec.DecodeError):
        return None
    return kept.bytes_per_s if kept.machine == machine else None


def _measure() -> float:
    """The best of a few copies by one to all cores; each byte is read once and written once."""
    try:
        source, target = (ctypes.create_string_buffer(COPY_BYTES) for _ in range(2))
    except MemoryError:
        return 0.0
    cores = len(os.sched_getaffinity(0))
    _copy(source, target, cores)  # pages come into being
    best, end = 0.0, time.perf_counter() + BUDGET_S
    for number in range(ROUNDS):
        for threads in dict.fromkeys((cores, max(cores // 2, 1), 1)):
            if number and time.perf_counter() >= end:
                return best
            best = max(best, 2 * COPY_BYTES / _copy(source, target, threads))
    return best


def _copy(source: ctypes.Array[ctypes.c_char], target: ctypes.Array[ctypes.c_char], threads: int) -> float:
    """Seconds of one copy; memmove lets go of the interpreter's lock."""
    size = COPY_BYTES // threads
    starts = [number * size for number in range(threads)]
    parts = [(ctypes.byref(target, at), ctypes.byref(source, at), size) for at in starts]
    work = [threading.Thread(target=ctypes.memmove, args=part) for part in parts]
    began = time.perf_counter()
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    return time.perf_counter() - began
