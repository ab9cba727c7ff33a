"""SIGINT, SIGTERM and SIGHUP, so that everything ends in order."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LOOK_MS = 500
"""How soon a terminal that is gone is noticed."""
STUCK_S = 5.0
"""How long an app may take to leave a terminal after a signal."""
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def on_signals(action: Callable[[], object]) -> Iterator[None]:
    """Within it these signals call `action` in the running loop, each time they come."""
    loop = asyncio.get_running_loop()
    for number in ENDING:
        loop.add_signal_handler(number, action)
    try:
        yield
    finally:
        for number in ENDING:
            loop.remove_signal_handler(number)


@contextmanager
def cancelled_by_signals() -> Iterator[None]:
    """Within it the first of these signals cancels the current task; what it does then is its own."""
    task = asyncio.current_task()
    assert task is not None, "only within a task"
    cancelled = False

    def cancel_once() -> None:
        nonlocal cancelled
        if not cancelled:
            cancelled = True
            task.cancel()

    with on_signals(cancel_once):
        yield


@contextmanager
def ending_an_app(leave: Callable[[], object], exit_code: int) -> Iterator[None]:
    """Within it these signals, and the end of the terminal, call `leave` in the running loop, and end the
    process when that does not.

    A terminal that takes no more output (held with Ctrl-S, or its other end gone deaf) blocks the thread
    of the loop itself. The handlers are therefore plain ones, which run even then; our children end with us.
    """
    loop = asyncio.get_running_loop()
    guards: list[threading.Timer] = []

    def end(*_: object) -> None:
        if not guards:  # before it leaves: from then on nothing would call the guard off
            guards.append(_guard(exit_code))
        loop.call_soon_threadsafe(leave)

    before = [signal.signal(number, end) for number in ENDING]
    over = threading.Event()
    threading.Thread(target=_watch_terminal, args=(over, end), daemon=True).start()
    try:
        yield
    finally:
        over.set()
        for number, handler in zip(ENDING, before, strict=True):
            signal.signal(number, handler)
        for guard in guards:
            guard.cancel()
        if guards:  # a thread that reads a terminal which is gone may never end, and Python waits for it
            _guard(exit_code)


def _guard(exit_code: int) -> threading.Timer:
    """Ends the process in STUCK_S unless it is cancelled or all is over before."""
    guard = threading.Timer(STUCK_S, os._exit, (exit_code,))
    guard.daemon = True
    guard.start()
    return guard


def _watch_terminal(over: threading.Event, end: Callable[[], object]) -> None:
    """Not every terminal that goes away sends SIGHUP: it must be the controlling one for that."""
    poller = select.poll()
    poller.register(0, 0)  # hang-ups and errors are told whatever is asked for
    while not over.is_set():
        if poller.poll(LOOK_MS):
            end()
            return
