"""The verdicts of a bench: each further variant against the first, model by model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType

from rocmtui.core.bench.summary import SummaryRow
from rocmtui.core.bench.view import BenchView
from rocmtui.core.session.view import SessionView
from rocmtui.core.stats.verdict import Verdict
from rocmtui.core.text import forms
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.bench.work_screen import WorkDrawn
from rocmtui.tui.draw.intervals import MARKS
from rocmtui.tui.draw.lines import Line, Span
from rocmtui.tui.draw.panel import Panel
from rocmtui.tui.draw.wrapping import wrapped_words

ORDER = ("worse", "better", "different", "same", "undecided")
LOOKS = {
    "worse": (MARKS["worse"], "bad"),
    "better": (MARKS["better"], "good"),
    "different": ("◆", "text"),
    "same": ("=", "muted"),
    "undecided": ("?", "muted"),
}


class BenchVerdicts(Panel, WorkDrawn[BenchView]):
    """What is known already, the clearest first; scrolls where there is more than fits."""

    key = "2"
    KEYS = (("↑ ↓", "scroll", "scroll(1)"),)
    HELP_TEXT = (
        "Each further variant against the first: the mean of the rounds' ratios with its 95 % interval. "
        "A difference is called one only when the interval leaves zero out."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll(-1)", "up", show=False),
        Binding("down", "scroll(1)", "down", show=False),
        Binding("pageup", "scroll(-10)", "page up", show=False),
        Binding("pagedown", "scroll(10)", "page down", show=False),
    ]
    _first = 0

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """What did not start comes first."""
        lines = verdict_lines(self.work, width - 4)
        self._first = min(self._first, max(len(lines) - (height - 2), 0))
        more = len(lines) - self._first - (height - 2)
        foot = [Span(f"{more} more below", "muted")] if more > 0 else []
        body = lines[self._first :] or [[Span(_nothing(self.work), "muted")]]
        return self.framed((width, height), body, "verdicts", _sides(self.work), foot)

    def action_scroll(self, lines: int) -> None:
        """Move by lines, up is negative."""
        self._first = max(self._first + lines, 0)
        self.redraw()


def verdict_lines(bench: BenchView, width: int) -> list[Line]:
    """What did not start, then the verdicts; under the names of the models where there are several."""
    lines = list(_failures(bench, width))
    for model in bench.plan.models:
        rows = [row for row in bench.rows if row.model == model]
        found = [line for _, said in sorted(_verdicts(bench, rows)) for line in _drawn(said, width)]
        if found and len(bench.plan.models) > 1:
            lines.append([Span(clean_line(bench.plan.name_of(model), width), "strong")])
        lines += found
    return lines


Said = tuple[str, str, str]
"""Kind of a verdict, what it is about, and the verdict in words."""


def _sides(bench: BenchView) -> Line:
    """Who is held against whom, for the edge of the panel."""
    first, *others = (clean_line(variant.label, 24) for variant in bench.plan.variants)
    if not others:
        return []
    return [Span(f"{others[0]} against {first}" if len(others) == 1 else f"against {first}", "muted")]


def _nothing(bench: BenchView) -> str:
    if len(bench.plan.variants) < 2:
        return "One variant only: there is nothing to compare it with."
    return "Verdicts come from the third round on."


def _failures(bench: BenchView, width: int) -> Iterator[Line]:
    errors = dict.fromkeys(
        (start.setup.rsplit("|", 1)[-1], start.parallel, start.error) for start in bench.starts if start.error
    )
    for label, slots, error in errors:
        said = f"{label}, {forms.plural(slots, 'slot')}: {error}"
        for at, line in enumerate(wrapped_words(said, width - 2)):
            yield [Span("  " if at else f"{forms.BAD} ", "bad"), Span(line, "text")]


def _verdicts(bench: BenchView, rows: list[SummaryRow]) -> Iterator[tuple[tuple[int, int], Said]]:
    """With what they are sorted by. Rows of a variant that are undecided for one reason are one."""
    judged = [
        (row, figure.variant, verdict)
        for row in rows
        for figure, verdict in zip(row.figures[1:], row.verdicts, strict=True)
        if verdict.kind in ORDER
    ]
    alike = Counter((variant, verdict.text) for _, variant, verdict in judged if verdict.kind == "undecided")
    told: set[tuple[str, str]] = set()
    lone = len(bench.plan.variants) == 2
    for at, (row, variant, verdict) in enumerate(judged):
        reason = (variant, verdict.text)
        if reason not in told:
            rank = (ORDER.index(verdict.kind), at)
            yield rank, _said(row, "" if lone else variant, verdict, alike[reason])
        if alike[reason] > 1:
            told.add(reason)


def _said(row: SummaryRow, variant: str, verdict: Verdict, rows: int) -> Said:
    about = f"{rows} rows" if rows > 1 else f"{forms.plural(row.parallel, 'slot')} {row.words}"
    return verdict.kind, ", ".join(filter(None, (about, clean_line(variant, 24)))), verdict.text


def _drawn(said: Said, width: int) -> list[Line]:
    """A mark, what it is about, the verdict in its colour."""
    kind, about, words = said
    glyph, role = LOOKS[kind]
    first, *rest = wrapped_words(f"{about}: {words}", width - 2)
    name, colon, verdict = first.partition(": ")
    line = [Span(f"{glyph} ", role), Span(f"{name}{colon}", "text"), Span(verdict, role)]
    return [line, *([Span(f"  {more}", role)] for more in rest)]
