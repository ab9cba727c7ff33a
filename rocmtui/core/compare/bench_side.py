"""A bench as one side of a comparison: its rounds, row by row."""

from __future__ import annotations

from rocmtui.core.bench.report import BenchReport
from rocmtui.core.bench.summary import Figure, SummaryRow
from rocmtui.core.compare.conditions import Conditions, machine_text
from rocmtui.core.compare.sides import Quantity, Side
from rocmtui.core.text import forms
from rocmtui.core.text.sizes import slots_text


def bench_side(label: str, report: BenchReport) -> Side:
    """Every row of every variant; a lone variant goes without its label, so that two builds can meet."""
    lone = len(report.plan.variants) == 1
    several = len(report.plan.models) > 1
    quantities: dict[str, Quantity] = {}
    for row, figure in [(each, figure) for each in report.rows for figure in each.figures]:
        model = report.plan.name_of(row.model)
        key = _key(row, figure, model, lone=lone)
        title = _title(row, "" if lone else figure.variant, model if several else "")
        quantities[key] = Quantity(
            title=title, unit=row.unit, better=row.better, value=figure.median, rounds=figure.rounds
        )
        if figure.limit_share is not None:
            quantities[f"{key}, of the memory's limit"] = Quantity(
                title=f"{title}, of the memory's limit", unit="%", value=figure.limit_share * 100
            )
    return Side(
        label=label,
        kind="bench",
        conditions=_conditions(report),
        quantities=quantities,
        warnings=report.warnings,
    )


def _key(row: SummaryRow, figure: Figure, model: str, *, lone: bool) -> str:
    context = f" ctx {row.ctx}" if row.ctx else ""
    variant = "" if lone else f" {figure.variant}:"
    return f"{model}{context} np {row.parallel}:{variant} {row.name}"


def _title(row: SummaryRow, variant: str, model: str) -> str:
    """`tg128 on 1 slot, fa on`."""
    slots = slots_text(row.parallel)
    context = f"{forms.context(row.ctx)} of context" if row.ctx else ""
    return ", ".join(filter(None, (f"{row.words} on {slots}", context, variant, model)))


def _conditions(report: BenchReport) -> Conditions:
    plan = report.plan
    tests = [f"{t.name} ({t.prompt_tokens} in, {t.requests} requests)" for t in plan.tests]
    cached = [cell.cached_fraction for cell in report.cells if cell.cached_fraction is not None]
    builds = dict.fromkeys(start.build for start in report.starts if start.build)
    programs = dict.fromkeys(start.program.digest for start in report.starts if start.program)
    settings = {
        "build": ", ".join(builds),
        "program": ", ".join(programs),
        "rounds": str(plan.rounds),
        "kernel": report.machine.kernel or "",
        "driver": next((str(gpu["driver"]) for gpu in report.machine.gpus if gpu.get("driver")), ""),
        "variant": " ".join(plan.variants[0].flags) if len(plan.variants) == 1 else "",
    }
    return Conditions(
        machine=machine_text(report.machine),
        models={plan.name_of(model): report.model_hashes.get(model) for model in plan.models},
        prompts=f"{plan.endpoint}, {'; '.join(tests)}",
        cached_fraction=sum(cached) / len(cached) if cached else None,
        settings={name: value for name, value in settings.items() if value},
    )
