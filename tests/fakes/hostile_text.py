"""Text that tries to be more than text."""

HOSTILE = {
    "clear_screen": "before\x1b[2J\x1b[Hafter",
    "title": "\x1b]0;owned\x07text",
    "clipboard": "\x1b]52;c;ZWNobyBvd25lZA==\x07text",
    "link": "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "eight_bit_csi": "a\x9b31mred",
    "rich_markup": "[bold red]markup[/bold red] [@click=app.quit]quit[/]",
    "bad_markup": "[/nope] [",
    "right_to_left": "abc\u202edcba\u2066\u2069\u200f",
    "zero_width": "a\u200bb\ufeffc\u2060",
    "newlines": "one\ntwo\rthree\x0b\x0c\u2028four",
    "null_and_bell": "a\x00b\x07c\x08d",
    "lone_surrogate": "a\udcffb",
    "combining": "e" + "\u0301" * 3000,
    "wide": "漢字かな交じり文" * 40,
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 " * 30,
    "ten_megabytes": "x" * 10_000_000,
    "ten_megabytes_of_escapes": "\x1b[31m" * 2_000_000,
}
"""A name and a text each."""
