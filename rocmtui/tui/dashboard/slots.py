"""The server's slots: a row each where there is room, else a grid of small cells."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from rocmtui.core.glance.fleet import fleet_now
from rocmtui.core.server.state import ServerState, ServerStatus, SlotReading
from rocmtui.core.session.view import SessionView
from rocmtui.core.text import forms as text
from rocmtui.core.text.blocks import row_line, split_cells
from rocmtui.tui.dashboard.fleet import draw_fleet, fleet_rows, fleet_summary
from rocmtui.tui.dashboard.server_story import draw_story, failure_text, story_rows
from rocmtui.tui.dashboard.slot_columns import COLUMNS, LANE, head, names_in_edge, used
from rocmtui.tui.draw.lines import Line, Span, choose, counted, fit, runs
from rocmtui.tui.draw.panel import Panel

LEAST_CELL, MOST_CELL = 20, 60
PHASES = {
    "generate": ("▶", "gen", "decode"),
    "prefill": ("▼", "prefill", "prefill"),
    "idle": ("·", "idle", "muted"),
}
STALLED = ("╳", "stalled", "warning")
"""A slot that decodes and makes no token; its lane is hatched."""
HATCH = "╱"


class SlotsPanel(Panel):
    """What each slot does; while there are none, what the server does."""

    key = "3"
    HELP_TEXT = (
        "Each slot's phase, prompt progress, tokens, speed, and its context: what of it came from the cache, "
        "was computed, was generated. Of several servers a row each: how full it is, what waits there."
    )

    KEYS = (("enter", "why, whole", "open_whole"),)
    BINDINGS: ClassVar[list[BindingType]] = [("enter", "open_whole", "why the server ended, whole")]

    @property
    def keys_now(self) -> tuple[tuple[str, str, str], ...]:
        """Nothing is to be opened while there are slots."""
        return self.KEYS if self.tells_failure(self.session_view) else ()

    def tells_failure(self, view: SessionView) -> bool:
        """Whether it says why the server ended."""
        return view.server.diagnosis is not None and not _shows_slots(view)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No key is offered that would do nothing."""
        return action != "open_whole" or self.tells_failure(self.session_view)

    def action_open_whole(self) -> None:
        """Show why the server ended uncut, to read and to copy."""
        diagnosis = self.session_view.server.diagnosis
        if diagnosis is not None:
            self.post_message(self.Opened("why the server ended", failure_text(diagnosis)))

    def needs(self, view: SessionView) -> tuple[object, ...]:
        """Slots, and the server's story while there are none (its times move on)."""
        fleet = (view.fleet, view.live) if view.fleet else None
        return (view.slots, view.server, view.deferred, fleet, None if _shows_slots(view) else view.at_ns)

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """Table, grid or story."""
        inner, rows = width - 4, height - 2
        fleet = fleet_now(view) if _shows_fleet(view) else ()
        servers = draw_fleet(fleet, inner)
        if not _shows_slots(view):
            body = [*servers, *draw_story(view, inner, max(rows - len(servers), 0))]
            return self.framed((width, height), body[:rows], "servers" if servers else "server")
        title = "servers, and slots of the first" if servers else "slots"
        slots = draw_slots(view.slots, inner, max(rows - len(servers), 1))
        room = width - len(title) - 11
        summary = fleet_summary(fleet, room) if servers else _summary(view, room)
        right, foot = summary, Line()
        if len(view.slots) == rows and not servers:  # no row is left for the names of the columns
            right, foot = names_in_edge(inner, "border.focus" if self.has_focus else "border"), summary
        return self.framed((width, height), [*servers, *slots][:rows], title, right, foot)

    def lines_wanted(self, view: SessionView, width: int, most: int) -> int:
        """Lines, at most `most`, the panel can make use of inside its frame of `width`."""
        servers = fleet_rows(view) if _shows_fleet(view) else 0
        if not _shows_slots(view):
            return min(servers + story_rows(view, width - 4), most)
        return servers + rows_wanted(len(view.slots), width - 4, max(most - servers, 1))


def _shows_slots(view: SessionView) -> bool:
    """Only a server that works has slots; a replay may begin with slots before it tells of the server."""
    told = view.server != ServerStatus()
    return bool(view.slots) and (view.server.state is ServerState.READY or not told)


def _shows_fleet(view: SessionView) -> bool:
    """While the first server fails, that takes the place of what the others do."""
    return view.server.diagnosis is None or _shows_slots(view)


def draw_slots(slots: tuple[SlotReading, ...], width: int, rows: int) -> list[Line]:
    """A table if every slot gets a row, else cells side by side."""
    if len(slots) + 1 <= rows:
        return [head(width), *_rows(slots, width)]
    if len(slots) <= rows:
        return _rows(slots, width)
    return _grid(slots, width, rows)


def _rows(slots: tuple[SlotReading, ...], width: int) -> list[Line]:
    """A line each; one that stands still says whose prompt is read meanwhile.

    Their contexts are told in one form: of how many tokens only where that fits for each.
    """
    whole = max(len(_held(slot)) for slot in slots) <= width - used(width) + 1
    busy = [str(slot.id) for slot in slots if slot.phase == "prefill"]
    reading = f"slot {busy[0]} reads" if len(busy) == 1 else f"{len(busy)} others read" if busy else ""
    return [_row(slot, width, reading, whole=whole) for slot in slots]


def rows_wanted(slots: int, width: int, most: int) -> int:
    """Lines for a table, with its head if there are at most `most`, else for the grid."""
    if slots + 1 <= most:
        return slots + 1
    if slots <= most:
        return slots
    return min(-(-slots // max(1, width // LEAST_CELL)), most)


def _grid(slots: tuple[SlotReading, ...], width: int, rows: int) -> list[Line]:
    """Cells in columns, as wide as they can be while every slot has one; of the rest what each does."""
    across = min(-(-len(slots) // rows), max(1, width // LEAST_CELL))
    down = min(rows, -(-len(slots) // across))
    if across * down < len(slots) and down > 1:
        down -= 1
        rest = [_rest(slots[across * down :], width)]
    else:
        rest = []
    cell = min(width // across, MOST_CELL)
    lines: list[Line] = []
    for row in range(down):
        line: Line = []
        for slot in slots[row : across * down : down]:
            line += [*fit(_cell(slot, cell - LEAST_CELL + 1), cell - 2), Span("  ")]
        lines.append(line)
    return [*lines, *rest]


def _rest(slots: tuple[SlotReading, ...], width: int) -> Line:
    """One glyph a slot."""
    looks = [_look(slot) for slot in slots]
    glyphs = runs("".join(glyph for glyph, _, _ in looks), [role for _, _, role in looks])
    return fit([Span(f"… {len(slots)} more slots  ", "muted"), *glyphs], width)


def _cell(slot: SlotReading, bar: int) -> Line:
    glyph, _, role = _look(slot)
    percent = _prompt_percent(slot)
    amount = (
        percent if slot.phase == "prefill" else text.short_count(slot.decoded) if slot.is_processing else ""
    )
    return [
        Span(f"{slot.id:>3} ", "muted"),
        Span(f"{glyph} ", role),
        *_ctx_line(slot, role, bar),
        Span(f"{amount:>5}", "text", "slot_decoded"),
        Span(f" {text.tps(slot.tps) if slot.tps is not None else '':>5}", "figure", "slot_tps"),
    ]


def _held(slot: SlotReading) -> str:
    return f" {text.count(slot.ctx_tokens)}/{text.count(slot.n_ctx)}"


def _row(slot: SlotReading, width: int, reading: str, *, whole: bool) -> Line:
    glyph, phase, role = _look(slot)
    busy = slot.is_processing
    fields = (
        Span(f"{slot.id}", "muted"),
        Span(f"{glyph} {phase}", role),
        Span(text.DASH if slot.task is None or not busy else str(slot.task), "muted", "slot_task"),
        _prompt_field(slot, reading),
        Span(_generated(slot), "text", "slot_decoded"),
        _speed(slot),
    )
    line: Line = []
    for (_, cells, least), field in zip(COLUMNS, fields, strict=True):
        if width >= least:
            line += [*fit([field], cells - 1), Span(" ")]
    return line + _context(slot, role, width - used(width), whole=whole)


def _look(slot: SlotReading) -> tuple[str, str, str]:
    return STALLED if slot.stalled_ms is not None else PHASES[slot.phase]


def _speed(slot: SlotReading) -> Span:
    """Its tokens a second; how long there were none, where it stands still."""
    if slot.stalled_ms is not None:
        return Span(text.ms_short(slot.stalled_ms), "warning", "slot_stalled")
    shown = text.tps(slot.tps) if slot.is_processing else text.DASH
    return Span(shown, "figure" if slot.tps else "muted", "slot_tps")


def _context(slot: SlotReading, role: str, room: int, *, whole: bool) -> Line:
    label = _held(slot)
    bar = room - len(label)
    if bar < 4 or not whole:
        return fit(
            [Span(label.strip() if whole else text.count(slot.ctx_tokens), "muted", "ctx_tokens")], room
        )
    full = _ctx_fraction(slot) >= 0.9
    return [*_ctx_line(slot, role, bar), Span(label, "warning" if full else "muted", "ctx_tokens")]


def _ctx_line(slot: SlotReading, role: str, width: int) -> Line:
    """How full the context is; of a slot at work, what came from the cache, was computed, was generated."""
    filled, rest = row_line(_ctx_fraction(slot), width)
    if slot.stalled_ms is not None:
        return [Span(HATCH * len(filled), role, "slot_stalled"), Span(rest, "border", "ctx_tokens")]
    parts = (slot.prompt_cached or 0, slot.prompt_processed or 0, slot.decoded)
    if not slot.is_processing or slot.prompt_cached is None or not any(parts):
        return [Span(filled, role, "ctx_tokens"), Span(rest, "border", "ctx_tokens")]
    line: Line = []
    for (glyph, _, part), cells in zip(LANE, split_cells(parts, len(filled)), strict=True):
        begun = sum(len(span.text) for span in line)
        drawn = filled[begun : begun + cells] if glyph == "━" else glyph * cells
        line += [Span(drawn, part, "ctx_tokens")] if cells else []
    return [*line, Span(rest, "border", "ctx_tokens")]


def _ctx_fraction(slot: SlotReading) -> float:
    return (slot.ctx_tokens or 0) / slot.n_ctx if slot.n_ctx else 0.0


def _prompt_percent(slot: SlotReading) -> str:
    if slot.prompt_processed is None or not slot.prompt_total:
        return ""
    return text.share(slot.prompt_processed / slot.prompt_total)


def _prompt_field(slot: SlotReading, reading: str) -> Span:
    if slot.stalled_ms is not None and reading:
        return Span(reading, "warning", "slot_stalled")
    return Span(_prompt(slot), "text" if slot.phase == "prefill" else "muted", "slot_prompt")


def _prompt(slot: SlotReading) -> str:
    if not slot.is_processing or slot.prompt_processed is None:
        return text.DASH
    if slot.phase == "prefill" and slot.prompt_total:
        return f"{_prompt_percent(slot)} of {text.count(slot.prompt_total)}"
    cached = f" +{text.count(slot.prompt_cached)} cached" if slot.prompt_cached else ""
    return f"{text.count(slot.prompt_processed)}{cached}"


def _generated(slot: SlotReading) -> str:
    if not slot.is_processing or not slot.decoded:
        return text.DASH
    if slot.remaining is None or slot.remaining < 0:
        return text.count(slot.decoded)
    return f"{text.count(slot.decoded)}/{text.count(slot.decoded + slot.remaining)}"


def _summary(view: SessionView, room: int) -> Line:
    busy = sum(slot.is_processing for slot in view.slots)
    parts = [counted(0, f"{busy}/{len(view.slots)}", "busy", "slots_busy")]
    if stalled := sum(slot.stalled_ms is not None for slot in view.slots):
        parts.append(counted(0, str(stalled), "stalled", "slot_stalled", "warning"))
    if view.deferred:
        parts.append(counted(1, f"{view.deferred}", "waiting", "deferred", "warning"))
    return choose(parts, room, "  ")
