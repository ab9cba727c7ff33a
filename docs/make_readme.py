"""Writes the generated blocks of README.md anew.

python docs/make_readme.py              tables, help and the output of the packaged run
python docs/make_readme.py --measure    the self-test too, on this machine: keep it quiet meanwhile
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from rocmtui.cli.output.report import summary_table  # noqa: E402

from rocmtui.adapters.runs.demo_runs import demo_run  # noqa: E402
from rocmtui.cli.main import overview  # noqa: E402
from rocmtui.core.request.metrics import REQUEST_METRICS, RUN_METRICS  # noqa: E402
from rocmtui.errors import ExitCode  # noqa: E402
from rocmtui.wiring.replays import report_of  # noqa: E402

README = ROOT / "README.md"
EXITS = {
    ExitCode.DONE: "done",
    ExitCode.NOTHING_COMPLETED: "no request completed, or more failed than `--max-error-rate` allows",
    ExitCode.USAGE: "bad input: one line says what and how to mend it",
    ExitCode.SLO_MISSED: "a goal (`--slo`) was missed, or a regression found",
    ExitCode.SERVER: "the server could not start, could not be reached, or died",
    ExitCode.INTERRUPTED: "interrupted; what was measured is saved and reported",
    ExitCode.READER_GONE: "nobody read the output to its end, as with `| head`",
}


def blocks() -> dict[str, str]:
    """Name of each block that needs no measuring, and what stands in it."""
    return {
        "output": fenced(summary_table(report_of(demo_run("load")))),
        "exit codes": exit_codes(),
        "metrics": metric_table(),
        "help": fenced(overview()),
    }


def metric_table() -> str:
    """A row a metric."""
    rows = [
        f"| `{metric.tag}` | {metric.title} | {metric.unit} | {escape(metric.formula)} |"
        for metric in (*REQUEST_METRICS, *RUN_METRICS)
    ]
    return "\n".join(["| name | what | unit | how |", "| --- | --- | --- | --- |", *rows])


def exit_codes() -> str:
    """A row a code."""
    rows = [f"| {int(code)} | {words} |" for code, words in EXITS.items()]
    return "\n".join(["| code | |", "| --- | --- |", *rows])


def self_test() -> str:
    """The self-test's own output, on this machine and now."""
    command = [sys.executable, "-m", "rocmtui", "selftest"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return fenced(done.stdout)


def escape(text: str) -> str:
    """A text fit for a cell of a table."""
    return text.replace("|", "\\|")


def fenced(text: str) -> str:
    """A text shown as it is."""
    body = text.strip("\n")
    return f"```text\n{body}\n```"


def fill(text: str, name: str, content: str) -> str:
    """The README with one block's content replaced."""
    pattern = re.compile(rf"(<!-- {name}: [^>]*-->\n).*?(<!-- /{name} -->)", re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"README.md has no block {name!r}")
    return pattern.sub(lambda found: f"{found[1]}{content}\n{found[2]}", text)


def main() -> None:
    """Rewrite README.md."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--measure", action="store_true", help="run the self-test for its block")
    args = parser.parse_args()
    text = README.read_text(encoding="utf-8")
    for name, content in blocks().items():
        text = fill(text, name, content)
    if args.measure:
        text = fill(text, "selftest", self_test())
    README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
