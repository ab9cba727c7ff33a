"""Sentences over several lines."""

from __future__ import annotations

from rocmtui.tui.draw.wrapping import wrapped_words


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
