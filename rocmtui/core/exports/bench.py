"""A bench for other programs: CSV rows and JUnit XML."""

from __future__ import annotations

import csv
import io
from html import escape

from rocmtui.core.bench.report import BenchReport, NotRun, model_names
from rocmtui.core.bench.summary import SummaryRow
from rocmtui.core.text.sanitize import clean_line
from rocmtui.core.text.sizes import slots_text

_HEAD = (
    *("model", "model_hash", "ctx", "parallel", "variant", "test", "metric", "prompt_tokens", "depth"),
    *("unit", "median", "low", "high", "rounds"),
    *("verdict", "change", "change_low", "change_high", "reason"),
)
_FORMULA = ("=", "+", "-", "@")


def bench_csv(report: BenchReport) -> str:
    """A line for each metric of each variant; empty where there is no value."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEAD)
    for row in report.rows:
        hash_ = report.model_hashes.get(row.model, "")
        for index, figure in enumerate(row.figures):
            change = row.verdicts[index - 1].change if index else None
            low, high = figure.interval or ("", "")
            change_low, change_high = change.interval if change and change.interval else ("", "")
            writer.writerow(
                (
                    *(csv_cell(row.model), hash_, row.ctx or "", row.parallel),
                    *(csv_cell(figure.variant), csv_cell(row.name), row.tag),
                    *("" if row.prompt_tokens is None else row.prompt_tokens, row.depth),
                    *(row.unit, "" if figure.median is None else figure.median, low, high),
                    " ".join("-" if value is None else f"{value:.6g}" for value in figure.rounds),
                    *(row.verdicts[index - 1].kind if index else "", change.estimate if change else ""),
                    *(change_low, change_high, csv_cell(figure.failure or "")),
                )
            )
    return out.getvalue()


def csv_cell(text: str) -> str:
    """A name that no spreadsheet takes for a formula, and no terminal for a command."""
    shown = clean_line(text, 500)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


def bench_junit(report: BenchReport, *, beyond: float = 0.0) -> str:
    """JUnit XML: a case for each comparison; worse by more than `beyond` (0.05 is 5 %) is a failure."""
    cases = [_case(row, index, report, beyond) for row in report.rows for index in range(len(row.figures))]
    cases += [_not_run(row, report) for row in report.not_run]
    failures = sum("<failure" in case for case in cases)
    name = attribute(report.plan.title or "rocmtui bench")
    counts = f'tests="{len(cases)}" failures="{failures}" errors="{len(report.not_run)}"'
    body = "\n".join(cases)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<testsuites {counts}>\n"
        f'<testsuite name={name} {counts} time="{report.seconds:.1f}" timestamp="{report.started_at}">\n'
        f"{body}\n</testsuite>\n</testsuites>\n"
    )


def _case(row: SummaryRow, index: int, report: BenchReport, beyond: float) -> str:
    figure = row.figures[index]
    model = model_names(report.plan.models).get(row.model, row.model)
    context = f", context {row.ctx}" if row.ctx else ""
    head = case_head(f"{model}.{slots_text(row.parallel)}{context}", f"{row.name}, {figure.variant}")
    if figure.median is None:
        return f"{head}><skipped message={attribute(figure.failure or 'not measured')}/></testcase>"
    text = f"{figure.median:.6g} {row.unit}"
    if index == 0:
        return f"{head}><system-out>{text}</system-out></testcase>"
    verdict = row.verdicts[index - 1]
    loss = abs(verdict.change.estimate) if verdict.change and verdict.is_regression else 0.0
    if loss > beyond:
        message = attribute(f"{verdict.text} than {row.figures[0].variant}")
        return f"{head}><failure message={message}/></testcase>"
    return f"{head}><system-out>{text}; {verdict.text.replace('<', 'under ')}</system-out></testcase>"


def _not_run(row: NotRun, report: BenchReport) -> str:
    model = model_names(report.plan.models).get(row.model, row.model)
    head = case_head(f"{model}.{slots_text(row.parallel)}", f"start, {row.variant}")
    return f"{head}><error message={attribute(row.reason)}/></testcase>"


def case_head(group: str, name: str) -> str:
    return f"<testcase classname={attribute(group)} name={attribute(name)}"


def attribute(text: str) -> str:
    return f'"{escape(clean_line(text, 500))}"'
