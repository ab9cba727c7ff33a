"""How long each thread of a process ran, and how long it was ready and waited for a core."""

from __future__ import annotations

import os

import msgspec

from rocmtui.adapters.machine.small_file import list_dir

MOST = 512
"""Descriptors kept open; of more threads those listed first are watched."""
LIST_EVERY = 8
"""Looks after which the threads are listed anew although their number is the same."""
MANY = 32
"""Of more threads than this those that rest are read every few looks only, a part of them at a time."""
REST_LOOKS = 4
IDLE_SHARE = 0.05
"""A process none of whose threads wanted a core for longer than this share of the time does nothing."""


class ThreadTimes(msgspec.Struct, frozen=True):
    """One thread since the last look, in seconds."""

    ran_s: float
    waited_s: float


class Threads:
    """Of one process. Its schedstat files stay open: opening 200 of them takes six times as long."""

    def __init__(self, proc: str, pid: int) -> None:
        self._folder = f"{proc}/{pid}/task"
        self._files: dict[str, int] = {}
        self._last: dict[str, bytes] = {}
        self._due: dict[str, int] = {}
        """Of a thread that rested at its last look: the look at which it is read again, as if it were new."""
        self._looks = 0
        self._count = 0

    def read(self, count: int) -> list[ThreadTimes] | None:
        """Each thread that did or wanted anything since; `count` is how many the process has now.

        None where the kernel keeps no such books.
        """
        if count != self._count or self._looks % LIST_EVERY == 0:
            self._open_new()
            self._count = count
        self._looks += 1
        times, ended = [], []
        rests = len(self._files) > MANY
        for number, (name, handle) in enumerate(self._files.items()):
            if rests and self._due.get(name, 0) > self._looks:
                continue
            try:
                now = os.pread(handle, 64, 0)
            except OSError:
                ended.append(name)
                continue
            before, self._last[name] = self._last.get(name), now
            if now == before:
                if rests:
                    self._due[name] = self._looks + REST_LOOKS + number % REST_LOOKS
            elif before is not None and self._due.pop(name, None) is None:
                times.append(_difference(before, now))
        for name in ended:
            os.close(self._files.pop(name))
            self._last.pop(name, None)
            self._due.pop(name, None)
        return times if self._files else None

    def close(self) -> None:
        """Let the files go."""
        for handle in self._files.values():
            os.close(handle)
        self._files.clear()

    def _open_new(self) -> None:
        for name in list_dir(self._folder):
            if name not in self._files and len(self._files) < MOST:
                try:
                    self._files[name] = os.open(
                        f"{self._folder}/{name}/schedstat", os.O_RDONLY | os.O_CLOEXEC
                    )
                except OSError:
                    continue


def _difference(before: bytes, now: bytes) -> ThreadTimes:
    ran, waited, *_ = (int(new) - int(old) for old, new in zip(before.split(), now.split(), strict=True))
    return ThreadTimes(ran / 1e9, waited / 1e9)


def working(times: list[ThreadTimes], span_s: float) -> list[ThreadTimes]:
    """Those that ran or wanted to for at least half as long as the busiest; none while all of them rest."""
    wanted = [each.ran_s + each.waited_s for each in times]
    most = max(wanted, default=0.0)
    if most < IDLE_SHARE * span_s:
        return []
    return [each for each, want in zip(times, wanted, strict=True) if want >= most / 2]
