"""A bench or a sweep as it is seen beside the list of runs: what came of it, and its rows."""

from __future__ import annotations

from collections.abc import Iterator

from rocmtui.core.bench.answers import answers_lines
from rocmtui.core.bench.report import BenchReport
from rocmtui.core.runs.preview import Preview
from rocmtui.core.sweep.plan import Level
from rocmtui.core.sweep.report import RUN_IT, SweepReport
from rocmtui.core.sweep.text import AXIS_WORDS, by_load
from rocmtui.core.text import forms

TOLD = ("better", "worse", "different")


def bench_preview(path: str, report: BenchReport) -> Preview:
    """Of a bench: what differs beyond doubt, what answers otherwise, and the medians of each test."""
    measured = [row for row in report.rows if row.is_measured]
    return Preview(
        path=path,
        told=(*_verdicts(report), *_answers(report)) or ("nothing differs beyond doubt",),
        warnings=report.warnings,
        head=("", *(variant.label for variant in report.plan.variants)),
        rows=tuple(
            (
                f"{forms.plural(row.parallel, 'slot')} {row.words} {row.unit}",
                *(forms.figure(figure.median) for figure in row.figures),
            )
            for row in measured
        ),
    )


def sweep_preview(path: str, report: SweepReport) -> Preview:
    """Of a sweep; `>` marks the load that is advised."""
    advice, _, command = report.advice.partition(RUN_IT)
    return Preview(
        path=path,
        told=tuple(filter(None, (advice.strip("; "), command))),
        warnings=() if report.ended == "done" else (f"it was {report.ended}",),
        head=(AXIS_WORDS[report.plan.goal.axis], "tok/s", "each", "TTFT p95"),
        rows=tuple(_level(level, report.best) for level in by_load(report.levels)),
    )


def _verdicts(report: BenchReport) -> Iterator[str]:
    for row in report.rows:
        for figure, verdict in zip(row.figures[1:], row.verdicts, strict=True):
            if verdict.kind in TOLD:
                yield f"{figure.variant}: {forms.plural(row.parallel, 'slot')} {row.words} {verdict.text}"


def _answers(report: BenchReport) -> Iterator[str]:
    for _, slots, variant, words in answers_lines(report.starts, report.cells):
        if words != "same":
            yield f"{variant}: {forms.plural(int(slots), 'slot')} answers {words}"


def _level(level: Level, best: float | None) -> tuple[str, ...]:
    name = f"{'> ' if level.load == best else ''}{level.load:g}"
    if level.problem:
        return (f"{name} {forms.BAD} {level.problem}",)
    speeds = map(forms.tps, (level.output_tps, level.output_tps_per_request))
    return (name, *speeds, forms.ms(level.ttft_p95_ms))
