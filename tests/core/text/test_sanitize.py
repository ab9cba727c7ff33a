"""Untrusted text on one line."""

import pytest

from rocmtui.core.text.sanitize import clean_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, größer 日本 [bold]", "plain text, größer 日本 [bold]"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPq#0;2;0;0;0\x1b\\shown", "shown"),
        ("\x9b31mred", "red"),
        ("a\nb\tc\r\nd", "a b c  d"),
        ("bell\x07 null\x00 del\x7f", "bell null del"),
        ("abc\u202eevil\u2066", "abcevil"),
        ("zero\u200bwidth", "zerowidth"),
        ("lone \udce9 surrogate", "lone \ufffd surrogate"),
        ("\x1b", ""),
        ("open \x1b]0;never closed", "open"),
    ],
)
def test_cleans(text: str, shown: str) -> None:
    assert clean_line(text) == shown


def test_long_text_is_cut_and_says_so() -> None:
    assert clean_line("x" * 20, 10) == "x" * 9 + "…"
    assert clean_line("\x1b[31m" + "x" * 5_000_000, 10) == "x" * 9 + "…"


@pytest.mark.parametrize("code", range(0x100))
def test_nothing_a_terminal_would_act_on_survives(code: int) -> None:
    assert clean_line(f"a{chr(code)}b").isprintable()
