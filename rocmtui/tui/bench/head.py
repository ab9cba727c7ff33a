"""What stands around the matrix of a bench: where it is, and the verdicts."""

from __future__ import annotations

from rocmtui.core.bench.summary import SummaryRow
from rocmtui.core.bench.view import BenchView
from rocmtui.core.session.view import SessionView
from rocmtui.core.stats.verdict import Verdict
from rocmtui.core.text import forms
from rocmtui.core.text.blocks import row_line
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.bench.work_screen import WorkDrawn
from rocmtui.tui.draw.lines import Line, Part, Span, choose, cut, ends, fit
from rocmtui.tui.draw.panel import Panel
from rocmtui.tui.draw.wrapping import wrapped

ORDER = ("worse", "better", "different", "same", "undecided")
LOOKS = {
    "worse": ("▼", "bad"),
    "better": ("▲", "good"),
    "different": ("◆", "text"),
    "same": ("=", "muted"),
    "undecided": ("?", "muted"),
}
BAR_CELLS = 24


class BenchHead(WorkDrawn[BenchView]):
    """Progress in two lines: how far, and what is going on."""

    def __init__(self, bench: BenchView, where: str, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(bench, id=id)
        self._where = where

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """Title and bar; then the step under way, the note or the folder."""
        bench = self.work
        filled, rest = row_line(bench.cells_done / max(bench.cells_total, 1), BAR_CELLS)
        left = "" if not bench.seconds_left else f"about {forms.duration(bench.seconds_left)} left"
        parts = [
            Part(0, [Span(" rocmtui ", "chip"), Span(" bench", "title")]),
            Part(3, [Span(clean_line(bench.plan.title, 60), "strong")]),
            Part(0, [Span(f"{bench.cells_done}/{bench.cells_total}", "figure")]),
            Part(1, [Span(filled, "accent"), Span(rest, "track")]),
            Part(2, [Span(left, "muted")]),
        ]
        shown = [part for part in parts if any(span.text.strip() for span in part.spans)]
        return [fit(choose(shown, width), width), self._now(width)]

    def _now(self, width: int) -> Line:
        bench, setup = self.work, self.work.setup
        if bench.phase in ("done", "interrupted") or setup is None:
            looks = ("good", "done") if bench.phase == "done" else ("warning", bench.phase)
            return fit([Span(f" {looks[1]}  ", looks[0]), Span(self._where, "muted")], width)
        name = clean_line(bench.plan.name_of(setup.model), 40)
        again = " again" if bench.attempt > 1 else ""
        what = f"{bench.phase}{again} {bench.test or ''}".rstrip()
        slots = forms.plural(setup.parallel, "slot")
        step = f"{name} {slots}, {clean_line(setup.variant.label, 30)}, round {bench.round + 1}"
        line = [Span(f" {what}: ", "accent"), Span(step, "text")]
        note = [Span(cut(clean_line(bench.note, 200), width // 2), "warning")] if bench.note else []
        return ends(line, note, width) if note else fit(line, width)


class BenchVerdicts(Panel, WorkDrawn[BenchView]):
    """What is known already of each further variant against the first, the clearest first."""

    key = "3"
    HELP_TEXT = (
        "Each further variant against the first: the mean of the rounds' ratios with its 95 % interval. "
        "A difference is called one only when the interval leaves zero out."
    )

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """A line for each verdict; what did not start comes first."""
        wide = width - 4
        lines = [*_failures(self.work, wide), *_verdicts(self.work, wide)]
        against = clean_line(self.work.plan.variants[0].label, 30)
        right = [Span(f"against {against}", "muted")] if len(self.work.plan.variants) > 1 else []
        more = len(lines) - (height - 2)
        foot = [Span(f"{more} more", "muted")] if more > 0 else []
        body = lines or [[Span(_nothing(self.work), "muted")]]
        return self.framed((width, height), body, "verdicts", right, foot)


def _nothing(bench: BenchView) -> str:
    if len(bench.plan.variants) < 2:
        return "One variant only: there is nothing to compare it with."
    return "Verdicts come from the third round on."


def _failures(bench: BenchView, width: int) -> list[Line]:
    errors = dict.fromkeys(
        (start.setup.rsplit("|", 1)[-1], start.parallel, start.error) for start in bench.starts if start.error
    )
    told = (f"{label}, {forms.plural(slots, 'slot')}: {error}" for label, slots, error in errors)
    return [line for said in told for line in wrapped(said, width, lead=Span("✗ ", "bad"))]


def _verdicts(bench: BenchView, width: int) -> list[Line]:
    found: list[tuple[int, Line]] = []
    several = len(bench.plan.models) > 1
    for row in bench.rows:
        for figure, verdict in zip(row.figures[1:], row.verdicts, strict=True):
            if verdict.kind in ORDER:
                model = f"  {clean_line(bench.plan.name_of(row.model), 40)}" if several else ""
                found.append((ORDER.index(verdict.kind), _line(row, model, figure.variant, verdict, width)))
    return [line for _, line in sorted(found, key=lambda pair: pair[0])]


def _line(row: SummaryRow, model: str, variant: str, verdict: Verdict, width: int) -> Line:
    glyph, role = LOOKS[verdict.kind]
    name = f"{forms.plural(row.parallel, 'slot')} {row.name}, {clean_line(variant, 24)}: "
    spans = [Span(f"{glyph} ", role), Span(name, "text"), Span(verdict.text, role), Span(model, "muted")]
    return fit(spans, width)
