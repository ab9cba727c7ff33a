"""Writes the generated blocks of README.md and docs/reference.md anew.

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

from rocmtui.adapters.runs.demo_runs import demo_run  # noqa: E402
from rocmtui.cli.main import overview  # noqa: E402
from rocmtui.cli.output.face import Face  # noqa: E402
from rocmtui.cli.output.load import load_text  # noqa: E402
from rocmtui.errors import ExitCode  # noqa: E402
from rocmtui.wiring.replays import report_of  # noqa: E402

README = ROOT / "README.md"
REFERENCE = ROOT / "docs" / "reference.md"
OUTPUT_CHARS = 96
"""Width of the output that is shown."""
SELF_TESTS = ("--streams 1,8,32,128,512,1024", "--streams 32 --busy 4")
EXITS = {
    ExitCode.DONE: "done",
    ExitCode.NOTHING_COMPLETED: "nothing completed, or more failed than `--max-error-rate` (usual: half)",
    ExitCode.USAGE: "bad input: one line says what and how to mend it",
    ExitCode.SLO_MISSED: "a goal (`--slo`) was missed, by every load of a sweep, or a regression found",
    ExitCode.SERVER: "the server could not start, could not be reached, or died",
    ExitCode.INTERRUPTED: "interrupted; what was measured is saved and reported",
    ExitCode.READER_GONE: "nobody read the output to its end, as with `| head`",
}


def blocks() -> dict[Path, dict[str, str]]:
    """The blocks of each page that need no measuring, by name, and what stands in them."""
    face = Face(None)
    face.width = OUTPUT_CHARS
    return {
        README: {
            "output": fenced(load_text(report_of(demo_run("load")), face)),
            "selftest": stamps(REFERENCE.read_text(encoding="utf-8")),
            "help": fenced(overview()),
        },
        REFERENCE: {"exit codes": exit_codes()},
    }


def exit_codes() -> str:
    """A row a code."""
    rows = [f"| {int(code)} | {words} |" for code, words in EXITS.items()]
    return "\n".join(["| code | |", "| --- | --- |", *rows])


def stamps(page: str) -> str:
    """How far off the self-test of docs/reference.md was: a column for each number of streams."""
    columns: dict[str, list[str]] = {}
    for options, printed in re.findall(r"^\$ rocmtui selftest (.*)\n((?:.+\n)+)", page, re.MULTILINE):
        busy = re.search(r"--busy (\d+)", options)
        beside = f", {busy[1]} busy" if busy else ""
        for cells in map(str.split, printed.splitlines()):
            if cells[0].isdigit():  # the first row of as many streams: at the usual 100 tok/s each
                columns.setdefault(f"{int(cells[0]):,}{beside}", [cells[4], cells[5], cells[8]])
    titles = ("TTFT error, mean, ms", "TTFT error, p99, ms", "each token late, p99, ms")
    rows = zip(titles, *columns.values(), strict=True)
    lines = [("streams", *columns), ("---", *("---:" for _ in columns)), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def self_test() -> str:
    """The self-test's own output, on this machine and now: alone, and beside busy processes."""
    return fenced("\n\n".join(map(shown, SELF_TESTS)))


def shown(options: str) -> str:
    """A self-test as it was typed, and what it printed."""
    command = [sys.executable, "-m", "rocmtui", "selftest", *options.split()]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return f"$ rocmtui selftest {options}\n{done.stdout}".strip()


def fenced(text: str) -> str:
    """A text shown as it is."""
    body = text.strip("\n")
    return f"```text\n{body}\n```"


def fill(text: str, name: str, content: str) -> str:
    """A page with one block's content replaced."""
    pattern = re.compile(rf"(<!-- {name}: [^>]*-->\n).*?(<!-- /{name} -->)", re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"no page has a block {name!r}")
    return pattern.sub(lambda found: f"{found[1]}{content}\n{found[2]}", text)


def main() -> None:
    """Rewrite the pages."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--measure", action="store_true", help="run the self-test for its block")
    args = parser.parse_args()
    if args.measure:
        page = REFERENCE.read_text(encoding="utf-8")
        REFERENCE.write_text(fill(page, "selftest", self_test()), encoding="utf-8")
    for page, contents in blocks().items():
        text = page.read_text(encoding="utf-8")
        for name, content in contents.items():
            text = fill(text, name, content)
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
