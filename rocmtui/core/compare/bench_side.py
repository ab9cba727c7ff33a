"""A bench as one side of a comparison: its rounds, row by row."""

from __future__ import annotations

from rocmtui.core.bench.report import BenchReport
from rocmtui.core.bench.summary import Figure, SummaryRow
from rocmtui.core.compare.conditions import Conditions, machine_text
from rocmtui.core.compare.sides import Quantity, Side


def bench_side(label: str, report: BenchReport) -> Side:
    """Every row of every variant; a lone variant goes without its label, so that two builds can meet."""
    lone = len(report.plan.variants) == 1
    quantities: dict[str, Quantity] = {}
    for row, figure in [(each, figure) for each in report.rows for figure in each.figures]:
        key = _key(row, figure, report.plan.name_of(row.model), lone=lone)
        quantities[key] = Quantity(
            title=key, unit=row.unit, better=row.better, value=figure.median, rounds=figure.rounds
        )
        if figure.limit_share is not None:
            title = f"{key}, of the memory's limit"
            quantities[title] = Quantity(title=title, unit="%", value=figure.limit_share * 100)
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
