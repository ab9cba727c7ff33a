"""Callbacks at their time to some ten microseconds; an event loop's own timers are good to a millisecond."""

from __future__ import annotations

import asyncio
import ctypes
import heapq
import os
import struct
import time
from collections.abc import Callable
from itertools import count

_CLOCK_MONOTONIC = 1
_TFD_NONBLOCK = os.O_NONBLOCK
_TFD_TIMER_ABSTIME = 1
_libc = ctypes.CDLL(None, use_errno=True)


class PreciseTimer:
    """One kernel timer (timerfd) for all callbacks; they get the time they were due."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._fd = _libc.timerfd_create(_CLOCK_MONOTONIC, _TFD_NONBLOCK)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create failed")
        self._due: list[tuple[int, int, Callable[[int], None]]] = []
        self._order = count()
        self._armed_ns: int | None = None
        loop.add_reader(self._fd, self._fire)

    def at(self, due_ns: int, callback: Callable[[int], None]) -> None:
        """Call `callback(due_ns)` at that monotonic time, or as soon as possible if it has passed."""
        heapq.heappush(self._due, (due_ns, next(self._order), callback))
        if self._armed_ns is None or due_ns < self._armed_ns:
            self._arm(due_ns)

    def close(self) -> None:
        """Forget all callbacks."""
        self._due.clear()
        self._loop.remove_reader(self._fd)
        os.close(self._fd)

    def _fire(self) -> None:
        try:
            os.read(self._fd, 8)
        except BlockingIOError:
            return
        self._armed_ns = 0  # callbacks that set new times must not arm the timer one by one
        due = self._due
        while due and due[0][0] <= time.monotonic_ns():
            due_ns, _, callback = heapq.heappop(due)
            callback(due_ns)
        self._armed_ns = None
        if due:
            self._arm(due[0][0])

    def _arm(self, due_ns: int) -> None:
        self._armed_ns = due_ns
        no_interval = (0, 0)
        spec = struct.pack("@4l", *no_interval, *divmod(max(due_ns, 1), 1_000_000_000))
        _libc.timerfd_settime(self._fd, _TFD_TIMER_ABSTIME, spec, None)
