"""The columns of the slots' table, and their names above it or in the edge of its panel."""

from __future__ import annotations

from rocmtui.tui.draw.lines import Line, Span, fit

LANE = (("╍", "cached", "good"), ("▪", "computed", "prefill"), ("━", "generated", "decode"))
"""What a slot holds: glyph, name and colour, in the order in which it came."""

COLUMNS = (
    ("#", 3, 0),
    ("phase", 10, 0),
    ("task", 8, 96),
    ("prompt", 16, 56),
    ("gen", 12, 0),
    ("tok/s", 7, 0),
)
"""Name, width, and the least panel width at which the column is shown; the context has the rest."""


def head(width: int) -> Line:
    """The names of the columns that are shown, and what the lanes are made of where there is room."""
    names = [f"{name:<{cells}}" for name, cells, least in COLUMNS if width >= least]
    left = "".join(names)
    line: Line = [Span(left + "context", "muted")]
    legend = [Span(f" {glyph} {name}", role) for glyph, name, role in LANE]
    room = width - len(left) - len("context")
    return line + legend if sum(len(span.text) for span in legend) <= room else line


def used(width: int) -> int:
    """Cells before the context."""
    return sum(cells for _, cells, least in COLUMNS if width >= least)


def names_in_edge(width: int, edge: str) -> Line:
    """The same names for the upper edge, above their columns; the panel's own name covers the first two."""
    columns = [(name, cells) for name, cells, least in COLUMNS if width >= least]
    covered = sum(cells for _, cells in columns[:2])
    line: Line = []
    for name, cells in (*columns[2:], ("context", width - used(width))):
        rule = "─" * max(cells - len(name) - 2, 0)
        line += [Span(f"{name} ", "muted"), Span(f"{rule} ", edge)]
    return fit(line, width - covered - 1)
