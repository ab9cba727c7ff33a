"""A slot that stands still is hatched, and says whose prefill stops it."""

from __future__ import annotations

from rocmtui.core.server.state import SlotReading
from rocmtui.tui.dashboard.slots import draw_slots
from tests.tui.screen_text import text_of

SLOTS = (
    SlotReading(
        id=0, n_ctx=4096, is_processing=True, task=1, ctx_tokens=2048, decoded=50, tps=40, stalled_ms=1900
    ),
    SlotReading(id=1, n_ctx=4096, is_processing=True, task=2, prompt_processed=1024, prompt_total=4000),
)


def test_rows() -> None:
    _, stalled, prefill = text_of(draw_slots(SLOTS, 100, 5))
    assert "╳ stalled" in stalled
    assert "1.9s" in stalled
    assert "╱╱╱" in stalled
    assert "slot 1 reads" in stalled
    assert "╱" not in prefill
    assert "prefill" in prefill


def test_cells() -> None:
    (line,) = text_of(draw_slots(SLOTS, 60, 1))
    assert "╳" in line
