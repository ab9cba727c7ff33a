"""`rocmtui compare`: two runs, reports or benches, and what to make of them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rocmtui.cli.options.numbers import check_range, percentage
from rocmtui.cli.output.targets import STDOUT, check_file, check_json, deliver, report_face, write_file
from rocmtui.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from rocmtui.core.compare.sides import Side
    from rocmtui.core.compare.verdicts import Comparison

USAGE = "rocmtui compare A B [OPTIONS]"
DESCRIPTION = """\
The verdict per metric between runs, reports or benches, B against A.
With three runs a side or more (A1,A2,A3 B1,B2,B3) the spread between runs decides, and all
verdicts of a comparison together are wrong in 5 % at most; with fewer only these runs are
told apart, not the servers.
Refuses when machine, model, load, prompts, cache hit rate or measured window differ."""
EXAMPLES = """\
  rocmtui compare runs/monday runs/tuesday
  rocmtui compare a1,a2,a3 b1,b2,b3 --fail-on-regression 5%
  rocmtui compare --save main bench-results/
  rocmtui compare main bench-results-new/ --fail-on-regression 5%
  rocmtui compare a/report.json b/report.json --force --json -
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `compare`."""
    parser.add_argument(
        "sides",
        nargs="*",
        metavar="RUN",
        help="run folder, packed run, report.json, bench folder or baseline; several with commas between",
    )
    parser.add_argument("--force", action="store_true", help="compare although the conditions differ")
    parser.add_argument(
        "--fail-on-regression",
        metavar="5%",
        type=percentage,
        help="exit 3 when a metric is worse beyond doubt and by more than this",
    )
    parser.add_argument(
        "--single", action="store_true", help="judge with fewer than three runs a side: their own noise only"
    )
    parser.add_argument(
        "--floor",
        metavar="MS",
        type=float,
        default=1.0,
        help="latencies closer than this are alike (default: 1)",
    )
    parser.add_argument("--save", metavar="NAME", help="give one run, report or bench a name, as a baseline")
    parser.add_argument("--baselines", action="store_true", help="list the baselines")
    parser.add_argument("--json", metavar="FILE", help="write the comparison as JSON; - is stdout")
    parser.add_argument("--html", metavar="FILE", help="write one page with interval bars")
    parser.add_argument("--markdown", action="store_true", help="print Markdown instead, to paste")


def run(args: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    from rocmtui.adapters.runs.comparables import Baselines, find_targets, load_sides
    from rocmtui.core.compare.verdicts import compare

    check_json(args.json)
    check_file("--html", args.html)
    check_range("--floor", args.floor, 0, 1e6)
    baselines = Baselines()
    if args.baselines:
        from rocmtui.cli.output.runs import baselines_text

        sys.stdout.write(baselines_text(baselines.names(), as_json=args.json == STDOUT))
        return ExitCode.DONE
    wanted = 1 if args.save else 2
    if len(args.sides) != wanted:
        usage = f"rocmtui compare --save {args.save} RUN" if args.save else "rocmtui compare A B"
        raise UsageError(f"{len(args.sides)} sides given, {wanted} needed", usage)
    targets = [find_targets(word, baselines) for word in args.sides]
    labels = [_label(word) for word in args.sides]
    if args.save:
        load_sides(targets[0], labels[0])
        baselines.save(args.save, *targets[0])
        sys.stderr.write(f"baseline {args.save} is {', '.join(str(p.resolve()) for p in targets[0])}\n")
        return ExitCode.DONE
    if labels[0] == labels[1]:
        labels = ["A", "B"]
    a, b = (load_sides(paths, label) for paths, label in zip(targets, labels, strict=True))
    if args.fail_on_regression is not None and not args.single:
        _refuse_too_few(a, b)
    comparison = compare(a, b, floor_ms=args.floor, single=args.single)
    _refuse_unequal(comparison, force=args.force)
    _write(comparison, args)
    if args.html is not None:
        from rocmtui.wiring.pages import page_of_comparison

        write_file("--html", args.html, page_of_comparison(comparison, [*targets[0], *targets[1]]).encode())
    return _regressions(comparison, args.fail_on_regression)


def _refuse_too_few(a: Side, b: Side) -> None:
    from rocmtui.core.compare.verdicts import enough_runs

    if not enough_runs(a, b):
        raise UsageError(
            f"{_runs(a)} against {_runs(b)} cannot tell a regression from the spread between two starts",
            "give three a side, A1,A2,A3 B1,B2,B3, or --single to judge these runs alone",
        )


def _runs(side: Side) -> str:
    return "one run" if side.runs == 1 else f"{side.runs} runs"


def _label(word: str) -> str:
    path = Path(word)
    if "," in word and not path.exists():
        return ", ".join(_label(part.strip()) for part in word.split(",") if part.strip())
    return path.parent.name if path.name in ("report.json", "bench.json") and path.parent.name else path.name


def _refuse_unequal(comparison: Comparison, *, force: bool) -> None:
    if comparison.mismatches and not force:
        reasons = "; ".join(mismatch.text for mismatch in comparison.mismatches)
        raise UsageError(f"these two cannot be compared: {reasons}", "--force compares them all the same")
    if not comparison.rows:
        raise UsageError(
            "the two have no metric in common",
            "compare runs with runs, and benches of the same models, slots, tests and variant labels",
        )


def _write(comparison: Comparison, args: argparse.Namespace) -> None:
    from rocmtui.core.compare.text import comparison_text
    from rocmtui.core.text.documents import pretty
    from rocmtui.core.text.tables import markdown_table, markdown_text

    face = report_face(args.json)
    table, prose = (markdown_table, markdown_text) if args.markdown else (face.table, face.prose)
    deliver(args.json, comparison_text(comparison, table, prose), pretty(comparison))


def _regressions(comparison: Comparison, beyond: float | None) -> int:
    if beyond is None:
        return ExitCode.DONE
    worse = comparison.regressions(beyond)
    for row in worse:
        sys.stderr.write(f"regression: {row.title}: {row.verdict.text}\n")
    return ExitCode.SLO_MISSED if worse else ExitCode.DONE
