"""What drawing costs: the app in a terminal of its own, every panel changing four times a second.

    python tests/benchmarks/app_cost.py [--against TREE] [--seconds 10] [--size 120x40] [--slots 32] [--keys]

Prints the app's CPU as percent of one core and the bytes it sent to the terminal; with a checkout of another
commit both, in turn (A B B A), and their ratio. The views are made before the clock starts, so only taking
and drawing them is measured. Targets: at most 1.5 of commit e481874's CPU, a key drawn within 100 ms.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

import msgspec

HERE = Path(__file__).resolve().parents[2]
WARM_UP_S = 4.0
TICKS = os.sysconf("SC_CLK_TCK")


class Cost(NamedTuple):
    """Of one stretch of drawing."""

    cpu_percent: float
    """Of one core."""
    terminal_kb_per_second: float
    key_ms: tuple[float, ...] = ()
    """From a key to its drawing, shortest first."""


def main() -> None:
    """Measure this tree, or this one and another in turn."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--against", type=Path, help="a checkout of another commit")
    parser.add_argument("--rounds", type=int, default=2, help="of both trees")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--size", default="120x40")
    parser.add_argument("--slots", type=int, default=32)
    parser.add_argument("--frames", type=float, default=4.0, help="snapshots a second")
    parser.add_argument("--keys", action="store_true", help="also time keys; best with --frames 0.05")
    args = parser.parse_args()
    costs: dict[Path, list[Cost]] = {HERE: []}
    if args.against is not None:
        costs[args.against.resolve()] = []
    for number in range(args.rounds if args.against is not None else 1):
        for tree in reversed(costs) if number % 2 else costs:
            costs[tree].append(cost_of(tree, args))
    print(f"{args.size}, {args.slots} slots, {args.frames:g} snapshots/s, {args.seconds:g} s")
    for tree, found in costs.items():
        cpu, sent = median(c.cpu_percent for c in found), median(c.terminal_kb_per_second for c in found)
        print(f"{tree.name:>12}  {cpu:5.1f} % of a core  {10 * cpu / args.frames:5.1f} ms a snapshot", end="")
        print(f"  {sent:6.1f} kB/s", end="")
        delays = sorted(delay for cost in found for delay in cost.key_ms)
        print(f"  key to drawing {median(delays):.0f} ms, worst {delays[-1]:.0f} ms" if delays else "")
    if args.against is not None:
        ours, theirs = (median(c.cpu_percent for c in found) for found in costs.values())
        print(f"CPU: {ours / theirs:.2f} of the other's")


def cost_of(tree: Path, args: argparse.Namespace) -> Cost:
    """Run the app of a tree in a terminal, measure it, end it."""
    width, height = map(int, args.size.split("x"))
    code = "import sys; sys.path.insert(0, sys.argv[1]); from tests.benchmarks.app_cost import run_app; "
    words = ["-P", "-c", f"{code}run_app({args.slots}, {args.frames})", str(tree)]
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", LANG="C.UTF-8", COLUMNS="", LINES="")
        os.execv(sys.executable, [sys.executable, *words])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
    try:
        drain(terminal, WARM_UP_S)
        before, since = cpu_seconds(pid), time.monotonic()
        sent = drain(terminal, args.seconds)
        used, lasted = cpu_seconds(pid) - before, time.monotonic() - since
        keys = sorted(1000 * delay for delay in reaction_seconds(terminal)) if args.keys else ()
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)
    return Cost(100 * used / lasted, sent / lasted / 1000, tuple(keys))


def run_app(slots: int, frames: float) -> None:
    """The app over views made beforehand."""
    from rocmtui.tui.app import base as app_module
    from tests.fakes.scripted_session import ScriptedSession

    class Film(ScriptedSession):
        """The next view at each look, from the start again after the last."""

        def view(self) -> object:
            self._index = (self._index + 1) % len(self.views)
            return self.views[self._index]

    app_module.FRAMES_PER_SECOND = frames
    app_module.RocmtuiApp(Film(*film(slots)), theme="midnight").run()


def film(slots: int, frames: int = 48) -> list[object]:
    """Views in which everything moves: speeds, histograms, slots, power, log, requests."""
    from rocmtui.core.gpu.reading import GpuSample
    from tests.fakes.scripted_views import SECOND, gpu, history, live, ready_status, record, running, slot

    base, points = running(), history(seconds=120)
    records = tuple(record(n) for n in range(500 + 8 * frames))
    made = []
    for frame in range(frames):
        now_ns = points[300 + frame].at_ns
        snapshot = live(
            at_ns=now_ns, completed=312 + 8 * frame, output_tps=3000.0 + 40 * (frame % 9), concurrency=slots
        )
        for _ in range(8):
            snapshot.ttft.add(300.0 + 13 * (frame % 31))
            snapshot.itl.add(20.0 + frame % 7)
        busy = tuple(
            msgspec.structs.replace(
                slot(n), decoded=frame * 25 % 180 + 1, ctx_tokens=600 + 25 * frame, tps=90.0 + (n + frame) % 9
            )
            for n in range(slots)
        )
        made.append(
            msgspec.structs.replace(
                base,
                at_ns=now_ns,
                server=ready_status(slots),
                live=snapshot,
                slots=busy,
                history=points[: 300 + frame],
                gpu=GpuSample(at_ns=now_ns, gpus=(gpu(power_watts=250.0 + frame % 40),))
                if frame % 4 == 0
                else made[-1].gpu,
                requests=records[8 * frame : 500 + 8 * frame],
                log=tuple(
                    f"slot update_slots: id {n % slots} | task {n} | frame {frame}"
                    for n in range(frame * 50, frame * 50 + 2000)
                ),
                log_first_number=frame * 50,
            )
        )
        assert now_ns > SECOND
    return made


def reaction_seconds(terminal: int) -> list[float]:
    """From a key to the first byte drawn for it, with nothing else moving on the screen."""
    delays = []
    for key in (b"2", b"1", b"e", b"e", b"w", b"w", b"4", b"1", b"6", b"1"):
        drain(terminal, 0.4)
        os.write(terminal, key)
        since = time.monotonic()
        if select.select([terminal], [], [], 5.0)[0]:
            delays.append(time.monotonic() - since)
    return delays


def drain(terminal: int, seconds: float) -> int:
    """Read what the app draws; returns the bytes."""
    end, total = time.monotonic() + seconds, 0
    while (left := end - time.monotonic()) > 0:
        if select.select([terminal], [], [], left)[0]:
            total += len(os.read(terminal, 65536))
    return total


def cpu_seconds(pid: int) -> float:
    """User and system time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


if __name__ == "__main__":
    main()
