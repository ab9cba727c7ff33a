"""The figures one came for in a row: framed where there is room, else in one line."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from rocmtui.core.glance.tiles import Level, Tile, tiles_of
from rocmtui.core.session.view import SessionView
from rocmtui.core.stats.quantiles import known
from rocmtui.core.text import forms
from rocmtui.core.text.blocks import sparkline
from rocmtui.tui.dashboard.gpu.host import draw_host_line
from rocmtui.tui.draw.lines import Line, Part, Span, choose, fit, frame, pair, width_of
from rocmtui.tui.draw.panel import Drawn

FRAMED_ROWS = 4
LOOKS: dict[Level, tuple[str, str, str]] = {
    "": ("title", "figure", ""),
    "warning": ("warning", "warning", "⚠ "),
    "bad": ("bad", "bad", "✗ "),
}
"""Roles of title and figure, and the sign before the figure."""
RANKS = {"output": 0, "TTFT": 1, "VRAM": 2, "memory": 2, "queue": 2, "ITL": 3}
"""Which stay longest in a line."""


class Tiles(Drawn):
    """Amber or red by their own limits; where they are one line there may be a second, of the host."""

    def needs(self, view: SessionView) -> tuple[object, ...]:
        """Load, requests, cards, the server's queue, and the host."""
        of_server = (view.deferred, view.slots, view.traffic)
        return (view.live, view.history, view.requests, view.gpu, *of_server, view.host)

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """Side by side."""
        tiles = tiles_of(view)
        if height < FRAMED_ROWS:
            lines = [_one_line(tiles, width)]
            if view.host is not None and height > 1:
                lines.append(fit([Span(" "), *draw_host_line(view.host, width - 2)], width))
            return lines
        widths = [width // len(tiles) + (at < width % len(tiles)) for at in range(len(tiles))]
        framed = [_framed(tile, cells) for tile, cells in zip(tiles, widths, strict=True)]
        return [[span for tile in framed for span in tile[row]] for row in range(FRAMED_ROWS)]


def _framed(tile: Tile, width: int) -> list[Line]:
    title, figure, sign = LOOKS[tile.level]
    value: Line = [Span(f"{sign}{tile.text}", figure, tile.tag)]
    past = _past(tile, width - 4 - width_of(value) - 2)
    below = choose([pair(rank, *each) for rank, each in enumerate(tile.below)], width - 4)
    right = [Span(tile.of, title if tile.level else "muted")] if tile.of else []
    if width_of(right) + cell_len(tile.name) > width - 9:  # with the blanks and a line between them
        right = []
    return frame((width, FRAMED_ROWS), [[*value, *past], below], title=[Span(tile.name, title)], right=right)


def _past(tile: Tile, room: int) -> Line:
    most = known(max, tile.past)
    if room < 4 or most is None:
        return []
    top = tile.top or most or 1.0
    shown = tile.past[-room:]
    return [Span("  "), Span(sparkline([None if v is None else v / top for v in shown]), "decode@60")]


def _one_line(tiles: Sequence[Tile], width: int) -> Line:
    """The first figure of each; of a load that is over the speed of the whole run."""
    parts = []
    for tile in tiles:
        _, role, sign = LOOKS[tile.level]
        name = f"{tile.name} {tile.of}" if tile.tag.endswith(tile.of) and tile.of else tile.name
        value = Span(f"{sign}{tile.text}", role, tile.tag)
        if tile.name == "output":
            over = tile.text == forms.DASH and tile.below[0].text != forms.DASH
            run = [Span(f"{tile.below[0].name} ", "muted"), Span(tile.below[0].text, role, tile.below[0].tag)]
            parts.append(Part(0, [*(run if over else [value]), Span(f" {tile.of}", "muted")]))
        else:
            parts.append(Part(RANKS.get(tile.name, 4), [Span(f"{name} ", "muted"), value]))
    return fit([Span(" "), *choose(parts, width - 2, "   ")], width)
