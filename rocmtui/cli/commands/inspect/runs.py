"""`rocmtui runs`: list runs, pack one into a file to give away, rebuild the report of one cut off."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rocmtui.errors import ExitCode

DESCRIPTION = "List the runs on this machine, or pack one into a single file."
KEPT_RUNS = 5
EXAMPLES = """\
  rocmtui runs                                    newest first
  rocmtui runs pack RUN -o run.rocmrun            one file, replays anywhere
  rocmtui runs pack RUN -o run.rocmrun --redact   without prompts, paths, host names and keys
  rocmtui runs report RUN                         print the report, also of a run that was killed
  rocmtui runs baseline add main RUN --keep 5     `main` stands for the last five runs added to it
  rocmtui runs baseline                           what each baseline stands for"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `rocmtui runs`."""
    parser.add_argument(
        "action",
        nargs="?",
        default="list",
        choices=("list", "pack", "report", "baseline"),
        help="what to do (default: list)",
    )
    parser.add_argument(
        "words", nargs="*", metavar="RUN", help="a run folder, or its name below the runs folder"
    )
    parser.add_argument("--keep", metavar="N", type=int, help="runs a baseline stands for (default: 5)")
    parser.add_argument("-o", "--output", metavar="FILE", help="the packed file (default: NAME.rocmrun here)")
    parser.add_argument("--redact", action="store_true", help="take prompts, paths, host names and keys out")
    parser.add_argument("--dir", metavar="DIR", help="the runs folder (default: XDG data, rocmtui/runs)")


def run(args: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    from rocmtui.adapters.runs.folder import default_runs_dir
    from rocmtui.errors import UsageError

    root = Path(args.dir) if args.dir is not None else default_runs_dir()
    if args.dir is not None and not root.is_dir():
        raise UsageError(f"--dir {args.dir} is no folder", "give the folder that holds the runs")
    if args.action != "pack" and (args.output is not None or args.redact):
        option = "--redact" if args.redact else "--output"
        raise UsageError(f"{option} belongs to `rocmtui runs pack`", "leave it out")
    if args.keep is not None and (args.action != "baseline" or args.keep < 1):
        raise UsageError("--keep N belongs to `rocmtui runs baseline add`", "N is 1 or more")
    if args.action == "list":
        if args.words:
            raise UsageError(
                f"`rocmtui runs list` takes no {args.words[0]!r}", "for another folder give --dir DIR"
            )
        return _list(root)
    if args.action == "baseline":
        return _baseline(root, args)
    if len(args.words) != 1:
        raise UsageError(f"which run? `rocmtui runs {args.action} RUN`", "see `rocmtui runs`")
    path = _run_path(root, args.words[0])
    return _pack(path, args) if args.action == "pack" else _report(path)


def _run_path(root: Path, word: str) -> Path:
    path = Path(word)
    return root / word if not path.exists() and (root / word).exists() else path


def _baseline(root: Path, args: argparse.Namespace) -> int:
    from rocmtui.adapters.runs.comparables import Baselines, load_side
    from rocmtui.errors import UsageError

    baselines = Baselines()
    if args.words:
        if args.words[0] != "add" or len(args.words) != 3:
            raise UsageError("write `rocmtui runs baseline add NAME RUN`", "without words it lists them")
        path = _run_path(root, args.words[2])
        load_side(path, path.name)
        kept = baselines.add(args.words[1], path, keep=args.keep or KEPT_RUNS)
        sys.stderr.write(f"baseline {args.words[1]} is {', '.join(path.name for path in kept)}\n")
        return ExitCode.DONE
    for name, paths in baselines.names().items():
        print(f"{name}  {', '.join(map(str, paths))}")
    return ExitCode.DONE


def _pack(path: Path, args: argparse.Namespace) -> int:
    from rocmtui.adapters.runs.pack import SUFFIX, pack_run

    out = Path(args.output) if args.output else Path(path.resolve().name + SUFFIX)
    size = pack_run(path, out, redact=args.redact)
    print(f"{out}  {size / 1024:,.0f} KiB")
    return ExitCode.DONE


def _report(path: Path) -> int:
    from rocmtui.core.report.text import report_markdown
    from rocmtui.wiring.replays import report_of

    sys.stdout.write(report_markdown(report_of(path)))
    return ExitCode.DONE


def _list(root: Path) -> int:
    from rocmtui.adapters.runs.reader import read_run
    from rocmtui.core.report.text import number
    from rocmtui.core.text.sanitize import clean_line
    from rocmtui.errors import RunFolderError

    folders = sorted((p for p in root.iterdir() if p.is_dir()), reverse=True) if root.is_dir() else []
    if not folders:
        sys.stderr.write(f"rocmtui: no runs in {root} yet\n")
        return ExitCode.DONE
    print(f"{'run':<56} {'tok/s':>8} {'TTFT p95':>9} {'done':>6} {'failed':>6}")
    for folder in folders:
        try:
            report = read_run(folder).report
        except RunFolderError as error:
            sys.stderr.write(f"rocmtui: {error.message}\n")
            continue
        name = clean_line(folder.name, 56)
        if report is None:
            print(f"{name:<56} {'no report: cut off, or still running':>32}")
            continue
        ttft = report.metrics.get("ttft")
        print(
            f"{name:<56} {number(report.throughput.output_tps):>8} {number(ttft.p95 if ttft else None):>9} "
            f"{report.requests.completed:>6} {report.requests.failed:>6}"
        )
    return ExitCode.DONE
