"""What a start costs by this tree and by that of another commit, turn by turn.

    python -m tests.benchmarks.start_up TREE [--rounds 15]

TREE is a checkout of the other commit. CPU until the process ends, its modules compiled, the median of the
rounds. `load` is asked for a server that is not there: it ends when all is loaded and the server was asked.
Targets: 1.1 of the other's; `load --help` 60 ms.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median

import rocmtui

HERE = Path(rocmtui.__file__).parents[1]
STARTS = {
    "python alone": ("-c", "pass"),
    "--help": ("-m", "rocmtui", "--help"),
    "load --help": ("-m", "rocmtui", "load", "--help"),
    "load": ("-m", "rocmtui", "load", "--url", "http://127.0.0.1:9", "--requests", "1"),
    "load process": ("-c", "import rocmtui.children.load"),
    "GPU sampler": ("-c", "import rocmtui.children.sampler"),
}


def cpu_ms(tree: Path, words: tuple[str, ...]) -> float:
    """Of one start."""
    compiling = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before = getrusage(RUSAGE_CHILDREN)
    done = subprocess.run(
        (sys.executable, *words),
        env={**compiling, "PYTHONPATH": str(tree), "PYTHONSAFEPATH": "1"},
        capture_output=True,
        check=False,
    )
    after = getrusage(RUSAGE_CHILDREN)
    if b"Traceback" in done.stderr:
        raise SystemExit(f"{' '.join(words)} in {tree}:\n{done.stderr.decode()}")
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1e3


def main() -> None:
    """The first round compiles and is not counted."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tree", type=Path)
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    trees = (given.tree.absolute(), HERE)
    taken = [
        {name: [cpu_ms(tree, words) for tree in trees] for name, words in STARTS.items()}
        for _ in range(given.rounds + 1)
    ][1:]
    for name in STARTS:
        other, this = (median(turn[name][index] for turn in taken) for index in range(2))
        print(f"{name:<13} other {other:6.1f} ms   this {this:6.1f} ms   {this / other:.2f} of the other's")


if __name__ == "__main__":
    main()
