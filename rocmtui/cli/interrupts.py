"""SIGINT and SIGTERM while no event loop heeds them: held back where an exception would do harm.

Imports nothing that takes time: it is the first thing the program loads.
"""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPTED = 130
PATIENCE_S = 1.5
"""How long what is done under held signals may go on after one came."""
ENDING = (signal.SIGINT, signal.SIGTERM)

_came: list[int] = []


def hold() -> None:
    """From now on a signal is only noted, and ends the process if nobody asks for it in time.

    Nor is garbage collected: modules are none.
    """
    gc.disable()
    for number in ENDING:
        signal.signal(number, _note)


def release() -> None:
    """From now on a signal raises KeyboardInterrupt, one that came meanwhile at once."""
    gc.enable()
    signal.setitimer(signal.ITIMER_REAL, 0)
    for number in ENDING:
        signal.signal(number, signal.default_int_handler)
    if _came:
        _came.clear()
        raise KeyboardInterrupt


@contextmanager
def held() -> Iterator[None]:
    """Imports and the writing of results: an exception in the middle of them would spoil both."""
    hold()
    try:
        yield
    finally:
        release()


def leave_at_once() -> None:
    """From now on a signal ends the process without a word: there is nothing left to do but to end."""
    for number in ENDING:
        signal.signal(number, _leave)


def _note(number: int, _frame: object) -> None:
    if not _came:
        _came.append(number)
        signal.signal(signal.SIGALRM, _leave)
        signal.setitimer(signal.ITIMER_REAL, PATIENCE_S)


def _leave(*_: object) -> None:
    os._exit(INTERRUPTED)
