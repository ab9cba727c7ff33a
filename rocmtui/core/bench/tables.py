"""The tables of a bench, for a terminal or to paste, by the kind of table they are given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from rocmtui.core.bench.report import BenchReport, model_names
from rocmtui.core.bench.summary import Figure, SummaryRow
from rocmtui.core.report.text import number
from rocmtui.core.text.sizes import DASH

Table = Callable[..., str]
_MIB = 1024 * 1024
_MEMORY = (
    ("VRAM before MiB", "vram_before_bytes", False),
    ("loaded", "vram_loaded_bytes", True),
    ("peak", "vram_peak_bytes", True),
    ("not given back", "vram_kept_bytes", True),
    ("a slot", "vram_per_slot_bytes", True),
    ("KV MiB", "kv_bytes", False),
)
"""Title, field of a row, and whether it is a rise."""


def result_tables(report: BenchReport, table: Table) -> Iterator[tuple[str, str]]:
    """A heading and a table for each model and context of which anything was measured."""
    names = model_names(report.plan.models)
    for (model, ctx), rows in groupby(report.rows, key=lambda row: (row.model, row.ctx)):
        heading = names.get(model, model) + (f", context {ctx}" if ctx else "")
        body = list(rows)
        if any(row.is_measured for row in body):
            yield heading, _side_by_side(body, table) if len(body[0].figures) < 3 else _below(body, table)


def _side_by_side(rows: Sequence[SummaryRow], table: Table) -> str:
    labels = [figure.variant for figure in rows[0].figures]
    head = ["slots", "test", "unit", *labels, *(f"{label} against {labels[0]}" for label in labels[1:])]
    body = [[*_test(row), *map(figure_text, row.figures), *(v.text for v in row.verdicts)] for row in rows]
    return table(head, body, right=frozenset({0, *range(3, 3 + len(labels))}))


def _below(rows: Sequence[SummaryRow], table: Table) -> str:
    """A line for each variant: more than two side by side are too wide."""
    first = rows[0].figures[0].variant
    body = [
        [
            *(_test(row) if index == 0 else ("", "", "")),
            figure.variant,
            figure_text(figure),
            row.verdicts[index - 1].text if index else "",
        ]
        for row in rows
        for index, figure in enumerate(row.figures)
    ]
    head = ("slots", "test", "unit", "variant", "median", f"against {first}")
    return table(head, body, right=frozenset({0, 4}))


def _test(row: SummaryRow) -> tuple[str, str, str]:
    return str(row.parallel), row.name, row.unit


def figure_text(figure: Figure) -> str:
    """`71.2 (70.1 to 72.4)`, with `!` where an audit warns; a dash where there is nothing."""
    if figure.median is None:
        return DASH
    mark = " !" if figure.warned else ""
    return f"{number(figure.median)}{_ends(figure.interval)}{mark}"


def _ends(interval: tuple[float, float] | None) -> str:
    return f" ({number(interval[0])} to {number(interval[1])})" if interval else ""


def mib(value: float | None, *, sign: bool = False) -> str:
    """Bytes as MiB; a dash where not known."""
    if value is None:
        return DASH
    return f"{value / _MIB:+,.0f}" if sign else f"{value / _MIB:,.0f}"


def scaling_table(report: BenchReport, table: Table) -> str:
    """What more slots bring; empty where it was not measured."""
    if not report.scaling:
        return ""
    names = model_names(report.plan.models)
    body = [
        [
            names.get(row.model, row.model),
            str(row.ctx or "default"),
            row.variant,
            f"{row.from_slots} to {row.to_slots}",
            f"{number(row.factor)}x{_ends(row.interval)}",
        ]
        for row in report.scaling
    ]
    return table(("model", "ctx", "variant", "slots", "tok/s of all streams"), body, right=frozenset({1}))


def memory_table(report: BenchReport, table: Table) -> str:
    """Loading and VRAM of each setup that started."""
    if not report.memory:
        return ""
    names = model_names(report.plan.models)
    body = [
        [
            names.get(row.model, row.model),
            str(row.ctx or "default"),
            str(row.parallel),
            row.variant,
            number(row.load_seconds),
            *(mib(getattr(row, field), sign=sign) for _, field, sign in _MEMORY),
        ]
        for row in report.memory
    ]
    head = ("model", "ctx", "slots", "variant", "load s", *(title for title, *_ in _MEMORY))
    return table(head, body, right=frozenset({1, 2, *range(4, 11)}))


def llama_bench_table(report: BenchReport, table: Table) -> str:
    """llama-bench beside the server; empty where it was not run."""
    if not report.llama_bench:
        return ""
    names = model_names(report.plan.models)
    body = [
        [
            names.get(row.model, row.model),
            row.variant,
            row.name,
            number(row.tps) + ("" if row.std is None else f" ± {number(row.std)}"),
            number(row.ours),
            row.note,
        ]
        for row in report.llama_bench
    ]
    head = ("model", "variant", "test", "llama-bench tok/s", "through the server", "why they differ")
    return table(head, body, right=frozenset({3, 4}))


def model_table(report: BenchReport, table: Table) -> str:
    """What the models are."""
    names, rows = model_names(report.plan.models), []
    for model in report.plan.models:
        start = next((s for s in report.starts if s.model == model and s.load_seconds is not None), None)
        params = None if start is None or start.n_params is None else f"{start.n_params / 1e6:,.0f} M"
        quantization = None if start is None else start.quantization
        size = None if start is None else start.model_bytes
        digest = report.model_hashes.get(model)
        rows.append([names[model], quantization or DASH, params or DASH, mib(size), digest or DASH])
    head = ("model", "quantization", "parameters", "MiB", "hash of header and samples")
    return table(head, rows, right=frozenset({2, 3}))
