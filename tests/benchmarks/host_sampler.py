"""What a look at the host costs among many threads and many processes, against the targets.

    python tests/benchmarks/host_sampler.py [--looks 60]

Real threads and processes that sleep, real kernel files; in one run, so the machine's speed cancels out.
The looks among 50 and among 2,000 processes take turns, in a PID namespace of their own (which takes root):
nothing else of this machine is seen there. Names are looked up only while others are busy.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

from rocmtui.adapters.host.reader import HostReader

THREADS, FEW, MANY = 200, 50, 2000
TARGET_MS, TARGET_RATIO = 1.0, 1.15
PERIOD_S = 0.05
SLEEPS = f"""
import threading, time
threading.stack_size(64 << 10)
for _ in range({THREADS} - 1):
    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
print("ready", flush=True)
for _ in iter(int, 1): pass
"""
BUSY = "for _ in iter(int, 1): pass"
"""Another program: only while there is one are names looked up, with and without the sleepers."""


@contextlib.contextmanager
def server() -> Iterator[int]:
    """A process of 200 threads, one of which works; its id."""
    with subprocess.Popen([sys.executable, "-c", SLEEPS], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process.pid
        finally:
            process.kill()


@contextlib.contextmanager
def lone(*command: str) -> Iterator[int]:
    """A process without children: another program, or one for rocmtui, of which no sleeper is a part."""
    with subprocess.Popen(command) as process:
        try:
            yield process.pid
        finally:
            process.kill()


@contextlib.contextmanager
def sleepers(count: int) -> Iterator[None]:
    """So many processes that do nothing."""
    pids = []
    try:
        for _ in range(count):
            pid = os.fork()
            if pid == 0:
                signal.pause()
                os._exit(0)
            pids.append(pid)
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def in_own_namespace() -> bool:
    """Whether no process but ours is seen from here."""
    return os.getpid() == 1


def look_ms(watched: int, own: int, looks: int) -> list[float]:
    """CPU of each of so many looks, in ms; the first few, which open files, left out."""
    host, costs = HostReader(own_pid=own), []
    host.watch_server(watched)
    for number in range(looks + 3):
        began = time.thread_time_ns()
        host.read(time.monotonic_ns())
        if number >= 3:
            costs.append((time.thread_time_ns() - began) / 1e6)
        time.sleep(PERIOD_S)
    return costs


def main() -> int:
    """Measure all three; 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--looks", type=int, default=60, help="looks a round; there are two of each kind")
    looks = parser.parse_args().looks
    if not in_own_namespace():
        return subprocess.call(["unshare", "-pf", "--mount-proc", sys.executable, *sys.argv])
    few: list[float] = []
    many: list[float] = []
    with server() as watched, lone("sleep", "600") as own, lone(sys.executable, "-c", BUSY):
        for _ in range(2):
            with sleepers(FEW):
                few += look_ms(watched, own, looks)
            with sleepers(MANY):
                many += look_ms(watched, own, looks)
    each, ratio = statistics.fmean(few), statistics.fmean(many) / statistics.fmean(few)
    print(f"a look at a server of {THREADS} threads, while another program is busy")
    for name, costs in ((f"among {FEW} processes", few), (f"among {MANY:,} processes", many)):
        p95 = statistics.quantiles(costs, n=20)[-1]
        print(f"{name:<28} {statistics.fmean(costs):5.2f} ms mean, {p95:5.2f} ms p95")
    print(f"target <= {TARGET_MS} ms")
    print(f"ratio {ratio:.2f}   target <= {TARGET_RATIO}")
    return int(each > TARGET_MS or ratio > TARGET_RATIO)


if __name__ == "__main__":
    sys.exit(main())
