"""The tables of a bench, for a terminal or to paste, by the renderer they are given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rocmtui.core.bench.answers import answers_lines
from rocmtui.core.bench.report import BenchReport
from rocmtui.core.bench.summary import Figure, SummaryRow
from rocmtui.core.stats.verdict import Verdict
from rocmtui.core.text import forms
from rocmtui.core.text.forms import DASH
from rocmtui.core.text.tables import Cell, Column, Renderer, Table, Tone, Toned, columns

_MEMORY = (
    (Column("VRAM before MiB", right=True, drop=2), "vram_before_bytes", False),
    (Column("loaded MiB", right=True), "vram_loaded_bytes", True),
    (Column("peak MiB", right=True), "vram_peak_bytes", True),
    (Column("not given back MiB", right=True, drop=4), "vram_kept_bytes", True),
    (Column("a slot MiB", right=True, drop=1), "vram_per_slot_bytes", True),
    (Column("KV MiB", right=True, drop=3), "kv_bytes", False),
)
"""Column, field of a row, and whether it is a rise."""
_TONES: dict[str, Tone] = {"better": "good", "worse": "bad", "same": "quiet", "undecided": "quiet"}
_MODEL = Column("model", least=12)
_VARIANT = Column("variant", least=8)
_CTX = Column("context", right=True)


def result_tables(report: BenchReport, table: Renderer) -> Iterator[tuple[str, str]]:
    """A heading and a table for each model and context of which anything was measured."""
    for (model, ctx), rows in groupby(report.rows, key=lambda row: (row.model, row.ctx)):
        heading = report.plan.name_of(model) + (f", context {ctx}" if ctx else "")
        body = list(rows)
        if any(row.is_measured for row in body):
            yield heading, _side_by_side(body, table) if len(body[0].figures) < 3 else _below(body, table)


def _side_by_side(rows: Sequence[SummaryRow], table: Renderer) -> str:
    labels = [figure.variant for figure in rows[0].figures]
    head = [
        *_TEST,
        *(Column(label, right=True, least=16, wrap=True) for label in labels),
        *(Column(f"{label} against {labels[0]}", least=16, wrap=True) for label in labels[1:]),
    ]
    body: list[list[Cell]] = [
        [*_test(row), *map(figure_text, row.figures), *map(judged, row.verdicts)] for row in rows
    ]
    return table(Table(head, body))


def _below(rows: Sequence[SummaryRow], table: Renderer) -> str:
    """A line for each variant: more than two side by side are too wide."""
    first = rows[0].figures[0].variant
    body = [
        [
            *(_test(row) if index == 0 else ("",) * len(_TEST)),
            figure.variant,
            figure_text(figure),
            judged(row.verdicts[index - 1]) if index else "",
        ]
        for row in rows
        for index, figure in enumerate(row.figures)
    ]
    median, verdict = Column("median", right=True), Column(f"against {first}", least=16, wrap=True)
    return table(Table((*_TEST, _VARIANT, median, verdict), body))


_TEST = (Column("slots", right=True), Column("test"), Column("prompt", right=True), Column("unit"))


def judged(verdict: Verdict) -> Toned:
    """A verdict as a cell."""
    return Toned(verdict.text, _TONES.get(verdict.kind, ""))


def _test(row: SummaryRow) -> tuple[str, ...]:
    return str(row.parallel), row.name, row.prompt, row.unit


def figure_text(figure: Figure) -> str:
    """`71.2 (70.1 to 72.4)`, with `!` where an audit warns; a dash where there is nothing."""
    if figure.median is None:
        return DASH
    mark = " !" if figure.warned else ""
    share = "" if figure.limit_share is None else f", {forms.share(figure.limit_share)} of its limit"
    return f"{forms.figure(figure.median)}{_ends(figure.interval)}{mark}{share}"


def _ends(interval: tuple[float, float] | None) -> str:
    return f" ({forms.figure(interval[0])} to {forms.figure(interval[1])})" if interval else ""


def _memory(value: float | None, *, sign: bool) -> str:
    return f"+{forms.mib(value)}" if sign and value is not None and value > 0 else forms.mib(value)


def _unless_empty(table: Renderer, head: Sequence[Column], body: Sequence[Sequence[Cell]]) -> str:
    return table(Table(head, body)) if body else ""


def scaling_table(report: BenchReport, table: Renderer) -> str:
    """What more slots bring; empty where it was not measured."""
    body = [
        [
            report.plan.name_of(row.model),
            str(row.ctx or "default"),
            row.variant,
            f"{row.from_slots} to {row.to_slots}",
            f"{forms.figure(row.factor)}x{_ends(row.interval)}",
        ]
        for row in report.scaling
    ]
    head = (_MODEL, _CTX, _VARIANT, Column("slots"), Column("tok/s of all streams"))
    return _unless_empty(table, head, body)


def memory_table(report: BenchReport, table: Renderer) -> str:
    """Loading and VRAM of each setup that started; what none has, as without a GPU, has no column."""
    known = [one for one in _MEMORY if any(getattr(row, one[1]) is not None for row in report.memory)]
    body = [
        [
            report.plan.name_of(row.model),
            str(row.ctx or "default"),
            str(row.parallel),
            row.variant,
            forms.figure(row.load_seconds),
            *(_memory(getattr(row, field), sign=sign) for _, field, sign in known),
        ]
        for row in report.memory
    ]
    slots, load = Column("slots", right=True), Column("load s", right=True)
    head = (_MODEL, _CTX, slots, _VARIANT, load, *(column for column, *_ in known))
    return _unless_empty(table, head, body)


def llama_bench_table(report: BenchReport, table: Renderer) -> str:
    """llama-bench beside the server; empty where it was not run."""
    body = [
        [
            report.plan.name_of(row.model),
            row.variant,
            row.name,
            forms.figure(row.tps) + ("" if row.std is None else f" ± {forms.figure(row.std)}"),
            forms.figure(row.ours),
            row.note,
        ]
        for row in report.llama_bench
    ]
    theirs, ours = Column("llama-bench tok/s", right=True), Column("through the server", right=True)
    why = Column("why they differ", least=20, wrap=True)
    return _unless_empty(table, (_MODEL, _VARIANT, Column("test"), theirs, ours, why), body)


def model_table(report: BenchReport, table: Renderer) -> str:
    """What the models are."""
    rows = []
    for model in report.plan.models:
        start = next((s for s in report.starts if s.model == model and s.load_seconds is not None), None)
        params = forms.params(start.n_params) if start and start.n_params is not None else DASH
        quantization, size = (start.quantization, start.model_bytes) if start else (None, None)
        digest = report.model_hashes.get(model)
        name = report.plan.name_of(model)
        rows.append([name, quantization or DASH, params, forms.mib(size), digest or DASH])
    titles = ("model", "quantization", "parameters", "MiB", "hash of header and samples")
    return table(Table(columns(*titles, right=frozenset({2, 3})), rows))


def answers_table(report: BenchReport, table: Renderer) -> str:
    """What each setup answers against the first variant of its model; empty where nobody looked."""
    body = [
        [report.plan.name_of(model), *rest] for model, *rest in answers_lines(report.starts, report.cells)
    ]
    titles = ("model", "slots", "variant", "answers")
    return _unless_empty(table, columns(*titles, right=frozenset({1})), body)
