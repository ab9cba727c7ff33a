"""The matrix of a bench: a row for each test on each number of slots, a column for each variant."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from rocmtui.core.bench.plan.cells import Setup, setups
from rocmtui.core.bench.plan.suite import BenchTest
from rocmtui.core.bench.report import model_names
from rocmtui.core.bench.result import CellResult
from rocmtui.core.bench.summary import SummaryRow
from rocmtui.core.bench.view import BenchView
from rocmtui.core.session.view import SessionView
from rocmtui.core.text import forms
from rocmtui.core.text.sanitize import clean_line
from rocmtui.core.text.sizes import DASH
from rocmtui.tui.bench.work_screen import WorkDrawn
from rocmtui.tui.draw.lines import Line, Span, cut, fit
from rocmtui.tui.draw.panel import Panel

NAME_CELLS = 26
LEAST_COLUMN = 14
MARKS = {
    "done": ("●", "good"),
    "warned": ("!", "warning"),
    "failed": ("✗", "bad"),
    "now": ("◐", "accent"),
    "to do": ("○", "faint"),
}


class BenchMatrix(Panel, WorkDrawn[BenchView]):
    """Medians so far and a mark for each round; follows the row under way until one scrolls."""

    key = "1"
    HELP_TEXT = (
        "The median so far of each test, and its rounds: ● measured, ! measured but its audit warns, "
        "✗ failed, ◐ now, ○ to come."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll(-1)", "up", show=False),
        Binding("down", "scroll(1)", "down", show=False),
        Binding("pageup", "scroll(-10)", "page up", show=False),
        Binding("pagedown", "scroll(10)", "page down", show=False),
        Binding("end", "follow", "follow", show=False),
    ]

    _first: int | None = None

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """Head, then as many rows as fit around the one under way."""
        inner, rows = width - 4, max(height - 3, 0)
        lines, first = self._placed(inner, rows)
        below = len(lines) - first - rows
        body = [_head(self.work, inner), *lines[first : first + rows]]
        foot = [Span(f"{below} more below", "muted")] if below > 0 else []
        return self.framed((width, height), body, "tests", [Span("median, rounds", "muted")], foot)

    def _placed(self, width: int, rows: int) -> tuple[list[Line], int]:
        """All rows, and the first one shown."""
        lines, at = matrix_lines(self.work, width)
        first = max(at - rows // 2, 0) if self._first is None else self._first
        return lines, min(first, max(len(lines) - rows, 0))

    def action_scroll(self, rows: int) -> None:
        """Move the rows; they stay there until `end`."""
        room = max(self.size.height - 3, 1)
        lines, now = self._placed(max(self.size.width - 4, 1), room)
        self._first = min(max(now + rows, 0), max(len(lines) - room, 0))
        self.redraw()

    def action_follow(self) -> None:
        """Follow the row under way again."""
        self._first = None
        self.redraw()


def matrix_lines(bench: BenchView, width: int) -> tuple[list[Line], int]:
    """All rows, and the number of the one under way (0 where there is none)."""
    plan, names = bench.plan, model_names(bench.plan.models)
    found: list[Line] = []
    at = 0
    for model in plan.models:
        found.append(fit([Span(clean_line(names[model], width), "strong")], width))
        every, across = setups(plan, model), len(plan.variants)
        for start in range(0, len(every), across):
            group = every[start : start + across]
            for test in plan.tests:
                if bench.current is not None and bench.current[1] == test.name:
                    at = len(found) if any(s.key == bench.current[0] for s in group) else at
                found.append(_row(bench, group, test, width))
    return found, at


def column_width(bench: BenchView, width: int) -> int:
    """Cells for each variant."""
    return max((width - NAME_CELLS) // max(len(bench.plan.variants), 1), LEAST_COLUMN)


def _head(bench: BenchView, width: int) -> Line:
    column = column_width(bench, width)
    labels = [clean_line(variant.label, column) for variant in bench.plan.variants]
    cells = [Span(f" {cut(label, column - 1):<{column - 1}}", "muted") for label in labels]
    return fit([Span(" " * NAME_CELLS), *cells], width)


def _row(bench: BenchView, group: tuple[Setup, ...], test: BenchTest, width: int) -> Line:
    setup, column = group[0], column_width(bench, width)
    row = _summary(bench, setup, test)
    context = f" {setup.ctx}" if len(bench.plan.contexts) > 1 else ""
    unit = row.unit if row is not None else ""
    all_slots = f"tg{test.max_tokens}{test.at_depth} (c{setup.parallel})"
    name = f"  np {setup.parallel:<3}{context} {all_slots if test.kind == 'concurrent' else test.name}"
    spans = [Span(f"{cut(name, NAME_CELLS - 6):<{NAME_CELLS - 6}}", "text"), Span(f"{unit:>5} ", "muted")]
    for index, one in enumerate(group):
        value = row.figures[index].median if row is not None else None
        shown = f" {forms.figure(value) if value is not None else DASH:>7} "
        marks = _marks(bench, one, test, column - len(shown) - 1)
        spans += [Span(shown, "figure"), *fit(marks, column - len(shown))]
    return fit(spans, width)


def _summary(bench: BenchView, setup: Setup, test: BenchTest) -> SummaryRow | None:
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
