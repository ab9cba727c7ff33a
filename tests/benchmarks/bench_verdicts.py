"""How often `rocmtui bench` is wrong, against servers whose speeds are known.

    python tests/benchmarks/bench_verdicts.py [SUITES]

Runs SUITES benches (10) of three variants on servers that send a token every 5 ms: `a` and `same` are
equal, `slow` takes 6.25 ms, which is 20 % slower. Prints how many verdicts called equal servers different,
and how often the interval held the known factor.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.fakes.known_llama_server import write_known_server  # noqa: E402

ITL_MS = {"a": 5.0, "same": 5.0, "slow": 6.25}
SLOWER = ITL_MS["a"] / ITL_MS["slow"] - 1
NAMES = ("tg128", "tg32 (c1) each")
"""Rows whose truth is the gap between tokens alone."""


def main() -> None:
    """Run the suites and print the counts."""
    suites = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    judged = false = held = right_sign = slowed = 0
    with tempfile.TemporaryDirectory() as name:
        for number in range(suites):
            report = bench(Path(name) / str(number))
            for row in (row for row in report["rows"] if row["name"] in NAMES):
                same, slow = row["verdicts"]
                judged += same["kind"] in ("better", "worse", "same")
                false += same["kind"] in ("better", "worse")
                low, high = slow["change"]["interval"]
                slowed += 1
                right_sign += slow["kind"] == "worse"
                held += low <= SLOWER <= high
            print(
                f"suite {number + 1}: {false} of {judged} verdicts on equal servers false; "
                f"slow found {right_sign} of {slowed}, interval held {-SLOWER:.0%} {held} of {slowed}",
                flush=True,
            )


def bench(folder: Path) -> dict[str, Any]:
    """One suite; its bench.json."""
    folder.mkdir()
    model = folder / "known.gguf"
    model.touch()
    words = ["bench", "-m", str(model), "--rounds", "4", "--settle", "0", "--requests", "1", "--quiet"]
    words += ["--tests", "decode,concurrent", "--output", str(folder / "out")]
    for label, itl_ms in ITL_MS.items():
        words += ["--server", f"{label}={write_known_server(folder / label, itl_ms)}"]
    command = [sys.executable, "-m", "rocmtui", *words]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=600)
    report: dict[str, Any] = json.loads((folder / "out" / "bench.json").read_text())
    return report


if __name__ == "__main__":
    main()
