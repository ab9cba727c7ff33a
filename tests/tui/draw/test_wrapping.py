"""Sentences over several lines."""

from __future__ import annotations

from rocmtui.tui.draw.wrapping import wrapped_parts, wrapped_words
from tests.tui.screen_text import text_of


def test_a_figure_stays_with_its_unit() -> None:
    assert wrapped_words("30 of 30 requests completed in 47.3 s", 34) == [
        "30 of 30 requests completed in",
        "47.3 s",
    ]
    assert wrapped_words("it fell much by 12 % in the end", 20) == ["it fell much by 12 %", "in the end"]
    assert wrapped_words("it fell very much by 12 %", 22) == ["it fell very much by", "12 %"]


def test_flags_are_not_broken_at_their_hyphens_and_later_lines_hang() -> None:
    lines = wrapped_words("try it with --flash-attn off, or another build", 22, hang="  ")
    assert lines == ["try it with", "  --flash-attn off, or", "  another build"]


def test_parts_are_broken_between_them_alone_unless_one_is_too_long() -> None:
    long = "a saying that is longer than a line of it"
    parts = ("0.19 tok/J", "VRAM peak 23.5 GiB", "⚠ 2.3 GiB spilled", long)
    assert text_of(wrapped_parts(parts, 34)) == [
        "0.19 tok/J   VRAM peak 23.5 GiB",
        "⚠ 2.3 GiB spilled",
        "a saying that is longer than a",
        "line of it",
    ]
    assert wrapped_parts((), 34) == []
