"""Changes with their 95 % intervals as bars on one scale: zero in the middle, better to the right."""

from __future__ import annotations

from rocmtui.core.stats.change import Change
from rocmtui.core.stats.verdict import Better, Verdict
from rocmtui.core.text import forms

MARKS = {"better": "▲", "worse": "▼"}
"""What a change is, told without colour; the others need no mark."""
LEAST_CELLS = 17
REACH = 0.2
"""Change at the ends of the scale; what goes further is cut there and marked."""


def marked_change(verdict: Verdict, unit: str = "") -> str:
    """`▲ +8.0 %` where it is better, whatever its sign; in its `unit` where it is no share of anything.

    Where neither is known `▼ worse`.
    """
    mark, change = MARKS.get(verdict.kind, ""), verdict.change
    if change is not None and not change.absolute:
        return f"{mark} {forms.change(change.estimate)}".lstrip()
    if change is not None and unit:
        return f"{mark} {forms.difference(change.estimate)} {unit}".lstrip()
    return f"{mark} {verdict.kind}" if mark else ""


def interval_bar(change: Change | None, better: Better | None, cells: int) -> str:
    """`├──■──┤` and the zero line; nothing but zero where there is no interval."""
    drawn = [" "] * cells
    drawn[_cell(0.0, cells)] = "╎"
    if change is None or change.interval is None or change.absolute:
        return "".join(drawn)
    sign = -1 if better == "lower" else 1
    low, high = sorted(sign * end for end in change.interval)
    start, end = _cell(low, cells), _cell(high, cells)
    drawn[start : end + 1] = "─" * (end - start + 1)
    drawn[end] = "┤" if high <= REACH else "▸"
    if low <= REACH:
        drawn[start] = "├" if low >= -REACH else "◂"
    if abs(change.estimate) <= REACH:
        drawn[_cell(sign * change.estimate, cells)] = "■"
    return "".join(drawn)


def interval_scale(cells: int) -> str:
    """`worse −20 %   0   +20 % better`, as much as there is room for."""
    left, right = ("worse −20 %", "+20 % better") if cells > 30 else ("−20 %", "+20 %")
    zero = _cell(0.0, cells)
    return f"{left:<{zero}}0{right:>{cells - zero - 1}}"


def _cell(share: float, cells: int) -> int:
    return round((min(max(share, -REACH), REACH) + REACH) / (2 * REACH) * (cells - 1))
