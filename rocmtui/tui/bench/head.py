"""Where a bench is, in two lines."""

from __future__ import annotations

from rocmtui.core.bench.view import BenchView
from rocmtui.core.session.view import SessionView
from rocmtui.core.session.work_control import resume_command
from rocmtui.core.text import forms
from rocmtui.core.text.blocks import row_line
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.bench.work_screen import WorkDrawn
from rocmtui.tui.draw.lines import Line, Part, Span, choose, cut, ends, fit

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
            where = resume_command(self._where) if bench.phase == "interrupted" else self._where
            return fit([Span(f" {looks[1]}  ", looks[0]), Span(clean_line(where, 400), "muted")], width)
        name = clean_line(bench.plan.name_of(setup.model), 40)
        again = " again" if bench.attempt > 1 else ""
        what = f"{bench.phase}{again} {bench.test or ''}".rstrip()
        slots = forms.plural(setup.parallel, "slot")
        step = f"{slots}, {clean_line(setup.variant.label, 30)}, round {bench.round + 1}, {name}"
        line = [Span(f" {what}: ", "accent"), Span(step, "text")]
        if not bench.note:
            return fit(line, width)
        return ends(line, [Span(f"  {cut(clean_line(bench.note, 200), width // 2)}", "warning")], width)
