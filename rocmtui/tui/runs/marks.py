"""The marks a run bears in the list: under way, the ghost, chosen to be compared."""

from __future__ import annotations

from collections.abc import Container, Sequence

from rocmtui.core.runs.entry import RunEntry
from rocmtui.core.text import forms as fmt
from rocmtui.core.text.sanitize import clean_line

WHOLE_NAME = 20
"""A name of so many cells stands whole in its row on every screen."""


class Marks:
    """The run under way and the one drawn as a ghost, where there are such, and at most two marked ones."""

    def __init__(self, current: str | None, baseline: str | None) -> None:
        self.current = current
        self.baseline = baseline
        self.marked: list[str] = []

    def toggle(self, path: str) -> None:
        """Mark or unmark; a third takes the place of the first."""
        marked = path in self.marked
        self.marked = [p for p in self.marked if p != path] if marked else [*self.marked[-1:], path]

    def keep(self, known: Container[str]) -> None:
        """Forget marks of runs that are gone."""
        self.marked = [path for path in self.marked if path in known]

    def pair(self, chosen: RunEntry | None, newest_first: Sequence[RunEntry]) -> list[str]:
        """The marked ones, or the marked and the chosen one, the older first; fewer than two are no pair."""
        wanted = set(self.marked)
        if len(wanted) == 1 and chosen is not None:
            wanted.add(chosen.path)
        return [entry.path for entry in reversed(newest_first) if entry.path in wanted]

    def glyph(self, entry: RunEntry) -> str:
        """The sign before its row."""
        mark = "◆" if entry.path in self.marked else "◌" if entry.path == self.baseline else " "
        return "●" if entry.path == self.current else "✗" if entry.problem else mark

    def words(self, entry: RunEntry) -> str:
        """What its row has no room for."""
        name = clean_line(fmt.model_name(entry.model or ""), 80)
        said = [name] if len(name) > WHOLE_NAME else []
        if entry.path == self.current:
            said.append("● this run, still going")
        elif entry.problem:
            said.append(f"✗ {clean_line(entry.problem, 300)}")
        elif not entry.has_report:
            said.append("cut off before its report; these are its last figures")
        if entry.path == self.baseline:
            said.append("◌ the baseline drawn as a ghost")
        if entry.warnings:
            said.append(f"⚠ {fmt.plural(entry.warnings, 'warning')} about its figures")
        if self.marked:
            said.append(f"◆ {len(self.marked)} marked")
        return "   ".join(said)
