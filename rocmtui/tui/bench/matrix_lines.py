"""The matrix of a bench as lines: a row for each test on each number of slots, a column for each variant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rocmtui.core.bench.answers import SetupAnswers, answers_of
from rocmtui.core.bench.memory import MemoryRow, memory_rows
from rocmtui.core.bench.plan.cells import Setup, setups
from rocmtui.core.bench.plan.suite import BenchTest
from rocmtui.core.bench.result import BenchResults, CellResult
from rocmtui.core.bench.summary import SummaryRow
from rocmtui.core.bench.view import BenchView
from rocmtui.core.stats.verdict import Verdict
from rocmtui.core.text import forms
from rocmtui.core.text.sanitize import clean_line
from rocmtui.core.text.sizes import slots_text
from rocmtui.tui.draw.intervals import LEAST_CELLS, interval_bar, interval_scale, marked_change
from rocmtui.tui.draw.lines import Line, Span, cut, fit

SLOTS_CELLS, LEAST_TEST = 11, 9
"""What stands before a test's name, and the least that the name gets."""
LEAST_COLUMN = 17
MOST_COLUMN = 36
MOST_BAR, WIDEST_BAR = 27, 61
"""Cells for the intervals where columns compete for room, and where there is plenty."""
UNIT_CELLS, SAID_CELLS, LEAST_MARKS = 5, 9, 3
"""What the longest unit and change take, and the count of rounds in place of their marks."""
ROOMY_COLUMN = 24
"""A column holds figure, rounds, unit and change in so many cells."""
MARKS = {
    "done": ("●", "good"),
    "warned": ("!", "warning"),
    "failed": (forms.BAD, "bad"),
    "now": ("◐", "accent"),
    "to do": ("○", "faint"),
}
ROLES = {"better": "good", "worse": "bad", "different": "text"}


class Place(NamedTuple):
    """A row one can choose: setups that differ only in their variant, and the test."""

    group: tuple[Setup, ...]
    test: BenchTest


class MatrixLine(NamedTuple):
    """A line of the matrix; `place` where it is a row of figures, `model` where it is that name."""

    line: Line
    place: Place | None = None
    model: str = ""


class Layout(NamedTuple):
    """Where the columns of a matrix are, in cells."""

    width: int
    names: int
    """Slots and test."""
    column: int
    """Each variant."""
    bar: int
    """The intervals; 0 where they have no room."""
    shown: tuple[int, ...]
    """The variants that have a column."""

    @property
    def tests(self) -> int:
        """Of the names those of the tests."""
        return self.names - SLOTS_CELLS


def layout_of(bench: BenchView, width: int, first: int = 0) -> Layout:
    """With as many of the variants as there is room for, the further ones from `first` on."""
    names = _name_cells(bench, width)
    shown = _variants_in(len(bench.plan.variants), width - names, first)
    bar = _bar_width(len(bench.plan.variants), width - names)
    column = min(max((width - names - bar) // max(len(shown), 1), LEAST_COLUMN), MOST_COLUMN)
    return Layout(width, names, column, bar, shown)


def variants_shown(bench: BenchView, width: int, first: int = 0) -> tuple[int, ...]:
    """Which variants have room: the baseline always, and of the others those from `first` on."""
    return layout_of(bench, width, first).shown


def matrix_lines(bench: BenchView, width: int, first: int = 0) -> list[MatrixLine]:
    """All of them, without the head; of the variants those of `variants_shown`."""
    answers = answers_of(bench.starts, bench.cells)
    memory = memory_rows(bench.plan, BenchResults(cells=list(bench.cells), starts=list(bench.starts)))
    layout = layout_of(bench, width, first)
    found: list[MatrixLine] = []
    for model in bench.plan.models:
        name = clean_line(bench.plan.name_of(model), width)
        found.append(MatrixLine(fit([Span(name, "strong")], width), model=name))
        every, across = setups(bench.plan, model), len(bench.plan.variants)
        for start in range(0, len(every), across):
            group = every[start : start + across]
            found += _group(bench, group, answers, memory, layout)
    return found


def matrix_head(bench: BenchView, width: int, model: str = "", first: int = 0) -> list[Line]:
    """The variants, the first as the one all are held against; `model` where its own line is out of sight."""
    _, names, column, bar, shown = layout_of(bench, width, first)
    labels = [clean_line(variant.label, column) for variant in bench.plan.variants]
    if len(labels) > 1:
        labels[0] = f"baseline: {labels[0]}"
    cells = [Span(f"{cut(labels[index], column - 2):<{column}}", "title") for index in shown]
    scale = [Span(interval_scale(bar), "muted")] if bar else []
    name = Span(f"{cut(model, names - 1):<{names}}", "strong")
    return [fit([name, *cells, *scale], width)]


def _name_cells(bench: BenchView, width: int) -> int:
    """Cells for slots and test: as the longest name takes, where two variants have room beside it."""
    most_slots = max(bench.plan.parallel, default=1)
    longest = max((len(_name(test, most_slots)) for test in bench.plan.tests), default=0)
    room = width - LEAST_COLUMN * min(len(bench.plan.variants), 2)
    return max(SLOTS_CELLS + LEAST_TEST + 1, min(SLOTS_CELLS + longest + 1, room))


def _name(test: BenchTest, parallel: int) -> str:
    return f"tg{test.max_tokens}{test.at_depth} ×{parallel}" if test.kind == "concurrent" else test.name


def _name_in(test: BenchTest, parallel: int, room: int) -> str:
    """Without blanks around the depth where that saves it from being cut."""
    name = _name(test, parallel)
    return cut(name if len(name) <= room else name.replace(" @ ", "@"), room)


def _variants_in(variants: int, room: int, first: int) -> tuple[int, ...]:
    across = max(room // LEAST_COLUMN, 1)
    if variants <= across:
        return tuple(range(variants))
    start = 1 + min(max(first, 0), variants - across)
    return (0, *range(start, start + across - 1))


def _bar_width(variants: int, room: int) -> int:
    """None with one variant, or where the columns would become too narrow."""
    left = room - variants * ROOMY_COLUMN
    spare = min(room - variants * MOST_COLUMN, WIDEST_BAR)
    bar = min(left, max(spare, MOST_BAR))
    return 0 if variants < 2 or left < LEAST_CELLS else bar - 1 + bar % 2


def _group(
    bench: BenchView,
    group: tuple[Setup, ...],
    answers: dict[str, SetupAnswers],
    memory: tuple[MemoryRow, ...],
    layout: Layout,
) -> Iterator[MatrixLine]:
    """The tests of one number of slots; then what each variant answers, and what it takes."""
    width, _, column, _, shown = layout
    context = f" {forms.context(group[0].ctx)}" if len(bench.plan.contexts) > 1 else ""
    slots = f"{slots_text(group[0].parallel)}{context}"
    for test in bench.plan.tests:
        yield from _rows(bench, Place(group, test), slots, layout)
        slots = ""
    if any(setup.key in answers for setup in group):
        cells = [_answer(answers.get(group[index].key), column, first=not index) for index in shown]
        yield MatrixLine(
            fit([Span(f"{'':<{SLOTS_CELLS}}{'answers':<{layout.tests}}", "muted"), *cells], width)
        )
    peaks = [_peak(memory, setup) for setup in group]
    if any(peak is not None for peak in peaks):
        bytes_ = [None if peak is None else round(peak) for peak in peaks]
        cells = [Span(f"{forms.size(bytes_[index]):<{column}}", "figure") for index in shown]
        yield MatrixLine(fit([Span(f"{'':<{SLOTS_CELLS}}{'VRAM':<{layout.tests}}", "muted"), *cells], width))


def _rows(bench: BenchView, place: Place, slots: str, layout: Layout) -> Iterator[MatrixLine]:
    group, test = place
    width, names, column, bar, shown = layout
    row = summary_of(bench, group[0], test)
    head = f" {cut(slots, 9):<10}{_name_in(test, group[0].parallel, layout.tests - 1):<{layout.tests}}"
    line: Line = [Span(head, "text")]
    for index in shown:
        line += _cell(bench, row, index, group[index], test, column)
    verdicts = row.verdicts if row is not None else ()
    first, *others = verdicts or (Verdict(kind="none", text=""),)
    better = row.better if row is not None else None
    if bar:
        line.append(Span(interval_bar(first.change, better, bar), ROLES.get(first.kind, "muted")))
    yield MatrixLine(fit(line, width), place)
    for index, verdict in enumerate(others if bar else (), start=2):
        if verdict.change is not None and verdict.change.interval is not None:
            label = clean_line(bench.plan.variants[index].label, 30)
            under = Span(f"{label:>{names + column * len(group) - 1}} ", "muted")
            drawn = Span(interval_bar(verdict.change, better, bar), ROLES.get(verdict.kind, "muted"))
            yield MatrixLine(fit([under, drawn], width))


def _cell(
    bench: BenchView, row: SummaryRow | None, index: int, setup: Setup, test: BenchTest, width: int
) -> Line:
    """Median, rounds, and the unit in the first column or the change in the others."""
    values = [] if row is None else [figure.median for figure in row.figures]
    value = values[index] if values else None
    best = value is not None and row is not None and value == _best(row)
    shown = f"{forms.figure(value):>7} "
    said, role = ("", "muted") if row is None else (row.unit, "muted")
    if index and row is not None:
        said, role = _change(row.verdicts[index - 1])
    room = width - len(shown) - (SAID_CELLS if index else UNIT_CELLS) - 1
    marks = [*_marks(bench, setup, test, room), Span(" ")] if room >= LEAST_MARKS else []
    rest = fit([*marks, Span(said, role)], width - len(shown))
    return [Span(shown, "strong" if best else "figure"), *rest]


def _best(row: SummaryRow) -> float | None:
    known = [figure.median for figure in row.figures if figure.median is not None]
    if len(known) < 2 or row.better is None:
        return None
    return max(known) if row.better == "higher" else min(known)


def _change(verdict: Verdict) -> tuple[str, str]:
    if verdict.kind == "none":
        return ("broken", "bad") if "broken" in verdict.text else (forms.DASH, "muted")
    if verdict.kind in ("same", "undecided"):
        return "same" if verdict.kind == "same" else "?", "muted"
    return marked_change(verdict) or "?", ROLES[verdict.kind]


def _answer(seen: SetupAnswers | None, width: int, *, first: bool) -> Span:
    if seen is None or not seen.words:
        return Span(f"{'reference' if first else forms.DASH:<{width}}", "muted")
    look = "bad" if seen.is_broken else "good" if seen.words == "same" else "warning"
    mark = forms.BAD if seen.is_broken else forms.GOOD if seen.words == "same" else "≈"
    words = f"{mark} {clean_line(seen.words, 80)}"
    shown = words if len(words) < width else words.replace(", KL", "")
    return Span(f"{cut(shown, width - 1):<{width}}", look)


def _peak(memory: tuple[MemoryRow, ...], setup: Setup) -> float | None:
    where = (setup.model, setup.ctx, setup.variant.label, setup.parallel)
    found = (row for row in memory if (row.model, row.ctx, row.variant, row.parallel) == where)
    row = next(found, None)
    return None if row is None else row.vram_peak_bytes


def summary_of(bench: BenchView, setup: Setup, test: BenchTest) -> SummaryRow | None:
    """The figures of a row, its first metric where it has several."""
    where = (setup.model, setup.ctx, setup.parallel, test.name)
    return next((r for r in bench.rows if (r.model, r.ctx, r.parallel, r.test) == where), None)


def _marks(bench: BenchView, setup: Setup, test: BenchTest, room: int) -> Line:
    """A mark for each round; only counts where there are more rounds than cells."""
    cells = {cell.round: cell for cell in bench.cells if (cell.setup, cell.test) == (setup.key, test.name)}
    failed = any(start.setup == setup.key and start.error for start in bench.starts)
    kinds = [_kind(bench, (setup.key, test.name, r), cells.get(r), failed) for r in range(bench.plan.rounds)]
    if len(kinds) > room:
        done = sum(kind in ("done", "warned") for kind in kinds)
        return [Span(cut(f"{done}/{len(kinds)}", room), "muted")]
    return [Span(*MARKS[kind]) for kind in kinds]


def _kind(bench: BenchView, key: tuple[str, str, int], cell: CellResult | None, failed: bool) -> str:
    if cell is not None:
        return "failed" if cell.error else "warned" if cell.warnings else "done"
    if key == bench.current:
        return "now"
    return "failed" if failed else "to do"
