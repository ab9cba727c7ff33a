"""`rocmtui runs`: list runs, benches and sweeps; report, pack, name or delete one."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rocmtui.core.text import forms
from rocmtui.errors import ExitCode, UsageError

SCHEMA = "rocmtui.runs/1"
USAGE = "rocmtui runs [ACTION] [RUN] [OPTIONS]"
DESCRIPTION = "List the runs, benches and sweeps of this machine, or do something with one of them."
KEPT_RUNS = 5
EXAMPLES = """\
  rocmtui runs                                newest first
  rocmtui runs report RUN                     also of a run that was killed
  rocmtui runs html RUN -o run.html           one page with charts
  rocmtui runs html A B -o ab.html            the same of a comparison
  rocmtui runs share RUN --as github           Markdown for an issue, redacted
  rocmtui runs share BENCH --as csv -o b.csv  also junit, bencher, card.svg
  rocmtui runs pack RUN -o a.rocmrun          one file, replays anywhere
  rocmtui runs pack RUN --redact              no prompts, paths, hosts, keys
  rocmtui runs trace RUN -o run.jsonl         when, how long: for load --trace
  rocmtui runs delete RUN                     for good
  rocmtui runs baseline add main RUN --keep 5  `main` is the last five added
  rocmtui runs baseline                        what each baseline stands for
RUN is a folder, a name as listed, or a beginning of a name that only it has."""
ACTIONS = ("list", "report", "html", "share", "pack", "trace", "delete", "baseline")
SHARED = (
    *("github", "card.svg", "csv", "junit", "bencher", "benchmark-bigger", "benchmark-smaller"),
    *("llama-bench-sql", "llama-bench-md"),
)
"""The forms of core/exports/forms.py."""
_OWN_OPTIONS = {
    "output": ("html", "share", "pack", "trace"),
    "form": ("share",),
    "full": ("html", "share"),
    "redact": ("pack",),
    "markdown": ("report",),
    "json": ("list", "report", "baseline"),
    "yes": ("delete",),
    "keep": ("baseline",),
}
"""Options and the actions that heed them."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `rocmtui runs`."""
    add = parser.add_argument
    add("action", nargs="?", default="list", choices=ACTIONS, help="what to do (default: list)")
    add("words", nargs="*", metavar="RUN", help="a run folder, or a name of `rocmtui runs`")
    add("-o", "--output", metavar="FILE", help="the file to write (default: one of its name, here)")
    forms_taken = ", ".join(SHARED)
    add("--as", dest="form", choices=SHARED, metavar="FORM", help=f"share: {forms_taken}")
    add("--full", action="store_true", help="html, share: leave in what --redact takes out")
    add("--redact", action="store_true", help="take prompts, paths, host names and keys out")
    add("--json", action="store_true", help="print JSON")
    add("--markdown", action="store_true", help="print the report as Markdown, to paste")
    add("-y", "--yes", action="store_true", help="delete without asking")
    add("--keep", metavar="N", type=int, help="runs a baseline stands for (default: 5)")
    add("--dir", metavar="DIR", help="another runs folder (default: the data folder)")


def run(args: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    from rocmtui.adapters.runs.names import find_folder

    root = Path(args.dir) if args.dir is not None else None
    if root is not None and not root.is_dir():
        raise UsageError(f"--dir {args.dir} is no folder", "give the folder that holds the runs")
    _refuse_foreign(args)
    if args.action == "list":
        if args.words:
            raise UsageError(
                f"`rocmtui runs list` takes no {args.words[0]!r}", "for another folder give --dir DIR"
            )
        return _list(root, as_json=args.json)
    if args.action == "baseline":
        return _baseline(root, args)
    several = args.action == "delete" or (args.action == "html" and len(args.words) == 2)
    if not args.words or (len(args.words) > 1 and not several):
        raise UsageError(f"which run? `rocmtui runs {args.action} RUN`", "see `rocmtui runs`")
    paths = [find_folder(word, root) for word in args.words]
    if args.action == "delete":
        return _delete(paths, sure=args.yes)
    if args.action == "html":
        return _html(paths, args)
    do = {"report": _report, "share": _share, "pack": _pack, "trace": _trace}
    return do[args.action](paths[0], args)


def _refuse_foreign(args: argparse.Namespace) -> None:
    """Raises UsageError for an option that the action does not heed."""
    for option, actions in _OWN_OPTIONS.items():
        if getattr(args, option) not in (None, False) and args.action not in actions:
            shown = "as" if option == "form" else option
            raise UsageError(f"--{shown} belongs to `rocmtui runs {' or '.join(actions)}`", "leave it out")
    if args.keep is not None and args.keep < 1:
        raise UsageError("--keep N belongs to `rocmtui runs baseline add`", "N is 1 or more")


def _list(root: Path | None, *, as_json: bool) -> int:
    from rocmtui.adapters.runs.index import list_all
    from rocmtui.adapters.runs.names import data_place

    entries = list_all(root)
    if as_json:
        from rocmtui.core.text.documents import pretty

        sys.stdout.write(pretty({"schema": SCHEMA, "runs": entries}).decode())
    elif entries:
        from rocmtui.cli.output.face import Face
        from rocmtui.cli.output.runs import runs_table

        print(runs_table(entries, Face(sys.stdout)))
    else:
        sys.stderr.write(f"rocmtui: no runs in {root or data_place()} yet\n")
    return ExitCode.DONE


def _report(path: Path, args: argparse.Namespace) -> int:
    """The report of a run, built again where it was cut off, or of a bench or sweep."""
    from rocmtui.cli.output.face import Face
    from rocmtui.cli.output.reports import report_texts

    texts = report_texts(path, Face(sys.stdout))
    text = texts.markdown if args.markdown else texts.terminal
    sys.stdout.write(texts.json.decode() if args.json else text)
    return ExitCode.DONE


def _html(paths: list[Path], args: argparse.Namespace) -> int:
    """One page that needs nothing else."""
    from rocmtui.wiring.pages import comparison_text, page_text

    made = page_text if len(paths) == 1 else comparison_text
    text = made(*paths, redact=not args.full)
    return _write(args.output or f"{paths[0].resolve().stem}.html", text.encode())


def _trace(path: Path, args: argparse.Namespace) -> int:
    """When its requests were sent and how long they were, as a file that `load --trace` takes."""
    from rocmtui.adapters.runs.pack import open_run
    from rocmtui.core.load.traces.of_run import trace_of_run

    with open_run(path) as found:
        lines = list(trace_of_run(found.records()))
    if not lines:
        raise UsageError(f"{path.name} has no completed request whose lengths are known", "give another run")
    out = args.output or f"{path.resolve().stem}.jsonl"
    return _write(out, b"".join(lines), f"  {forms.plural(len(lines), 'request')}")


def _share(path: Path, args: argparse.Namespace) -> int:
    """Something others read, on stdout or in a file."""
    from rocmtui.cli.output.streams import tell
    from rocmtui.wiring.pages import shared_text

    text = shared_text(path, args.form or "github", redact=not args.full)
    if args.output is None:
        tell(sys.stdout, text)
        return ExitCode.DONE
    return _write(args.output, text.encode())


def _write(out: str, data: bytes, more: str = "") -> int:
    """Write a file whole and name it on stdout."""
    from rocmtui.adapters.machine.files import write_whole

    try:
        write_whole(Path(out), data)
    except OSError as error:
        raise UsageError(f"cannot write {out}: {error.strerror}", "give another file with -o") from error
    print(f"{out}{more}")
    return ExitCode.DONE


def _pack(path: Path, args: argparse.Namespace) -> int:
    from rocmtui.adapters.runs.pack import SUFFIX, pack_run

    out = Path(args.output) if args.output else Path(path.resolve().name + SUFFIX)
    size = pack_run(path, out, redact=args.redact)
    print(f"{out}  {forms.size(size)}")
    return ExitCode.DONE


def _delete(paths: list[Path], *, sure: bool) -> int:
    from rocmtui.adapters.runs.index import delete_folder

    for path in paths:
        if not sure:
            if not sys.stdin.isatty():
                raise UsageError(f"delete {path} for good?", "say so with --yes")
            if input(f"delete {path} for good? [y/N] ").strip().lower() not in ("y", "yes"):
                continue
        delete_folder(path)
        print(f"deleted {path}")
    return ExitCode.DONE


def _baseline(root: Path | None, args: argparse.Namespace) -> int:
    from rocmtui.adapters.runs.comparables import Baselines, load_side
    from rocmtui.adapters.runs.names import find_folder

    baselines = Baselines()
    if args.words:
        if args.words[0] != "add" or len(args.words) != 3:
            raise UsageError("write `rocmtui runs baseline add NAME RUN`", "without words it lists them")
        path = find_folder(args.words[2], root)
        load_side(path, path.name)
        kept = baselines.add(args.words[1], path, keep=args.keep or KEPT_RUNS)
        sys.stderr.write(f"baseline {args.words[1]} is {', '.join(path.name for path in kept)}\n")
        return ExitCode.DONE
    from rocmtui.cli.output.runs import baselines_text

    sys.stdout.write(baselines_text(baselines.names(), as_json=args.json))
    return ExitCode.DONE
