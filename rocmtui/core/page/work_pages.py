"""A bench, a sweep and a comparison as pages: the verdicts first, with the intervals they rest on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rocmtui.core.bench.answers import answers_lines
from rocmtui.core.bench.report import BenchReport
from rocmtui.core.compare.verdicts import Comparison
from rocmtui.core.page.curves import depth_charts, sweep_charts
from rocmtui.core.page.parts import Cell, Page, Table, Tone
from rocmtui.core.stats.verdict import Verdict
from rocmtui.core.sweep.report import SweepReport
from rocmtui.core.text import forms

TONES: dict[str, Tone] = {"better": "good", "worse": "bad"}
LEAST_SCALE = 0.05
"""Changes are drawn on a scale of at least so much to each side."""
NOTE = "Bars are 95 % intervals of the change; the line in the middle of the column is no change."


def comparison_page(comparison: Comparison) -> Page:
    """Two sides, or two baselines of several runs."""
    scale = _scale(row.verdict for row in comparison.rows)
    rows = tuple(
        (
            Cell(text=f"{row.title} ({row.unit})"),
            Cell(text=forms.figure(row.a), number=True),
            Cell(text=forms.figure(row.b), number=True),
            _judged(row.verdict, scale),
        )
        for row in comparison.rows
    )
    metrics = Table(title="Metrics", head=("metric", "A", "B", "B against A"), rows=rows, note=_note(rows))
    differing = _words("What differs", ("setting",), ((text,) for text in comparison.differences))
    return Page(
        title="rocmtui comparison",
        subtitle=f"A {comparison.a}; B {comparison.b}",
        answer=_sentence([(row.title, row.verdict) for row in comparison.rows]),
        warnings=(*(mismatch.text for mismatch in comparison.mismatches), *comparison.warnings),
        tables=(metrics, *differing),
    )


def bench_page(report: BenchReport) -> Page:
    """Every row with the verdict on every further variant."""
    names = {model: report.plan.name_of(model) for model in report.plan.models}
    judged = [
        (f"{row.name}, {figure.variant}", verdict)
        for row in report.rows
        for figure, verdict in zip(row.figures[1:], row.verdicts, strict=True)
    ]
    lost = ((names.get(n.model, n.model), str(n.parallel), n.variant, n.reason) for n in report.not_run)
    answers = (
        (names.get(model, model), *rest) for model, *rest in answers_lines(report.starts, report.cells)
    )
    where = (report.started_at, report.machine.cpu, f"{report.plan.rounds} rounds")
    return Page(
        title=report.plan.title or "rocmtui bench",
        subtitle=", ".join(part for part in where if part),
        answer=_sentence(judged),
        warnings=report.warnings,
        charts=tuple(depth_charts(report.rows, names)),
        tables=(
            _results(report, names),
            *_words("Not measured", ("model", "slots", "variant", "why"), lost, "bad"),
            *_words("Answers", ("model", "slots", "variant", "answers"), answers),
        ),
        foot=f"rocmtui {report.tool.version}, {report.schema}",
    )


def _results(report: BenchReport, names: dict[str, str]) -> Table:
    scale = _scale(verdict for row in report.rows for verdict in row.verdicts)
    rows = tuple(
        (
            Cell(text=names.get(row.model, row.model)),
            Cell(text=str(row.parallel), number=True),
            Cell(text=f"{row.name} ({row.unit})"),
            Cell(text=row.prompt, number=True),
            *(Cell(text=forms.figure(figure.median), number=True) for figure in row.figures),
            *(_judged(verdict, scale) for verdict in row.verdicts),
        )
        for row in report.rows
    )
    first, *others = (variant.label for variant in report.plan.variants)
    against = (f"{label} against {first}" for label in others)
    head = ("model", "slots", "test", "prompt", first, *others, *against)
    return Table(title="Results", head=head, rows=rows, note=_note(rows))


def _words(
    title: str, head: tuple[str, ...], rows: Iterable[Sequence[str]], last: Tone = ""
) -> tuple[Table, ...]:
    """A table of words, the last column in its tone; none without rows."""
    cells = tuple((*(Cell(text=text) for text in row[:-1]), Cell(text=row[-1], tone=last)) for row in rows)
    return (Table(title=title, head=head, rows=cells),) if cells else ()


def sweep_page(report: SweepReport) -> Page:
    """The curve of throughput and TTFT against load, and the advice."""
    levels = sorted((tried.level for tried in report.levels), key=lambda level: level.load)
    rows = tuple(
        (
            Cell(text=f"{level.load:g}", number=True, tone="good" if level.load == report.best else ""),
            Cell(text=forms.figure(level.output_tps), number=True),
            Cell(text=forms.figure(level.ttft_p50_ms), number=True),
            Cell(text=level.problem or "", tone="bad" if level.problem else ""),
        )
        for level in levels
    )
    return Page(
        title=report.plan.title or "rocmtui sweep",
        subtitle=report.started_at,
        answer=report.advice,
        charts=sweep_charts(report.plan.goal.axis, levels),
        tables=(Table(title="Levels", head=("load", "tok/s", "TTFT p50 ms", "problem"), rows=rows),),
        foot=f"rocmtui {report.tool.version}, {report.schema}",
    )


def _sentence(judged: Sequence[tuple[str, Verdict]]) -> str:
    """What is better and what is worse beyond doubt, or that nothing is."""
    parts = []
    for kind in ("better", "worse"):
        found = [f"{title}: {verdict.text}" for title, verdict in judged if verdict.kind == kind]
        if found:
            more = f" and {len(found) - 2} more" if len(found) > 2 else ""
            parts.append(f"{kind.capitalize()}: {'; '.join(found[:2])}{more}.")
    return " ".join(parts) or "Nothing is better or worse beyond doubt."


def _note(rows: Sequence[Sequence[Cell]]) -> str:
    return NOTE if any(cell.span for row in rows for cell in row) else ""


def _scale(verdicts: Iterable[Verdict]) -> float:
    """How far the drawn changes reach to each side."""
    ends = [
        abs(end)
        for verdict in verdicts
        if verdict.change is not None and not verdict.change.absolute
        for end in verdict.change.interval or ()
    ]
    return min(max([*ends, LEAST_SCALE]), 1.0)


def _judged(verdict: Verdict, scale: float) -> Cell:
    change, span = verdict.change, None
    if change is not None and change.interval is not None and not change.absolute:
        low, high = change.interval
        ends = [0.5 + end / scale / 2 for end in (low, change.estimate, high)]
        span = (ends[0], ends[1], ends[2])
    return Cell(text=verdict.text, tone=TONES.get(verdict.kind, ""), span=span)
