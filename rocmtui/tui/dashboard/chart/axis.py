"""A time axis in one row: how long ago, and what happened when."""

from __future__ import annotations

from collections.abc import Sequence

from rocmtui.core.session.marks import Kind, Mark
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.draw.lines import Line, runs

LOOKS: dict[Kind, tuple[str, str]] = {
    "changed": ("▲", "accent"),
    "spill": ("⚠", "warning"),
    "crash": ("✗", "bad"),
    "slo": ("✗", "bad"),
}
MOST_CELLS = 22


def draw_axis(
    values: Sequence[float | None], window_ns: int, end: str, marks: Sequence[Mark] = (), now_ns: int = 0
) -> Line:
    """The axis below (or above) `values`; dotted where nothing was measured, up to the word `end`.

    Marks stand where they happened, the newest first where two would touch; times give way to them.
    """
    bins = len(values)
    cells = ["╌" if value is None else "─" for value in values]
    roles = ["border"] * bins
    for mark in reversed(marks):
        at = bins - 1 - (now_ns - mark.at_ns) * bins // window_ns
        glyph, role = LOOKS[mark.kind]
        label = f"{glyph} {clean_line(mark.text, MOST_CELLS)}"
        if 0 <= at < bins:
            _write(cells, roles, min(at, bins - len(label) - 5), label, role)
    seconds = window_ns // 1_000_000_000
    quarters = (0, 1, 2, 3) if bins >= 32 else (0, 2) if bins >= 18 else (0,)
    for quarter in quarters:
        _write(cells, roles, quarter * bins // 4, f"{seconds - quarter * seconds / 4:g}s", "muted")
    _write(cells, roles, bins - len(end), end, "muted")
    return runs("".join(cells), roles)


def _write(cells: list[str], roles: list[str], at: int, label: str, role: str) -> None:
    """Only where the axis is still bare, with a cell of it left on each side."""
    room = slice(max(at - 1, 0), at + len(label) + 1)
    if at < 0 or any(taken != "border" for taken in roles[room]):
        return
    cells[at : at + len(label)] = label
    roles[at : at + len(label)] = [role] * len(label)
