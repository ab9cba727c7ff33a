"""Progress of a bench on stderr: a line for each cell, and on a terminal one that is redrawn."""

from __future__ import annotations

from typing import TextIO

from rocmtui.cli.output.narrator import Narrator
from rocmtui.core.bench.metrics import figure_names
from rocmtui.core.bench.result import CellResult
from rocmtui.core.bench.view import BenchView
from rocmtui.core.text import forms


class BenchProgress(Narrator):
    """Narrates a bench; a quiet one tells only what went wrong."""

    def __init__(self, stream: TextIO, *, quiet: bool = False) -> None:
        super().__init__(stream)
        self._quiet = quiet
        self._cells = 0
        self._note = ""

    def changed(self, view: BenchView) -> None:
        """Tell what is new."""
        if view.note and view.note != self._note:
            self.say(view.note)
        self._note = view.note
        if len(view.cells) > self._cells and not self._quiet:
            self.say(self.cell_line(view, view.cells[-1]))
        self._cells = len(view.cells)
        if self.redraws and not self._quiet:
            self.redraw(self.now_line(view))

    def cell_line(self, view: BenchView, cell: CellResult) -> str:
        """`[17/40] gemma 4 slots, fa off, round 2: tg128 62.3 tok/s, about 12 min left`."""
        model = view.plan.name_of(cell.model)
        variant = cell.setup.rsplit("|", 1)[-1]
        slots = forms.plural(cell.parallel, "slot")
        parts = [f"[{view.cells_done}/{view.cells_total}] {model} {slots}, {variant}"]
        figures = [
            f"{name} {forms.figure(cell.metrics.get(tag))} {unit}" for name, tag, unit in figure_names(cell)
        ]
        parts.append(f"round {cell.round + 1}: {cell.error or ', '.join(figures)}")
        if cell.warnings:
            parts.append(f"! {'; '.join(cell.warnings)}")
        if view.seconds_left:
            parts.append(f"about {forms.duration(view.seconds_left)} left")
        return ", ".join(parts)

    def now_line(self, view: BenchView) -> str:
        """What is going on."""
        setup = view.setup
        if setup is None:
            return view.phase
        model = view.plan.name_of(setup.model)
        what = f"{view.test} " if view.test else ""
        slots = forms.plural(setup.parallel, "slot")
        left = f", about {forms.duration(view.seconds_left)} left" if view.seconds_left else ""
        return (
            f"{view.cells_done}/{view.cells_total} {model} {slots}, {setup.variant.label}, "
            f"round {view.round + 1}/{view.plan.rounds}: {what}{view.phase}{left}"
        )
