"""ASCII characters for the glyphs we draw with, where nothing else can be shown: one for each cell."""

from __future__ import annotations

_GLYPHS = {
    "-": "─╌┄╺╴╶–—−",
    "=": "━╸═",
    "*": "╍•◆",
    "~": "┅≈…",
    "|": "│┃║╎▌▐▍▎▏▊▕▖▗❚",
    "+": "╭╮╰╯┌┐└┘├┤┬┴┼╔╗╚╝±",
    ",": "╷",
    "_": "▁",
    ".": "▂░·◌",
    ":": "▃▒",
    "o": "▄▅○◐◑°",
    "#": "▆▇█■▪▉▋",
    "%": "▓",
    "&": "▚",
    "X": "╳",
    '"': "▔▀▘▝“”",
    "@": "●",
    "v": "✓✔▼↓",
    "x": "✗✖×",
    "^": "▲↑",
    ">": "▶▸→≥›",
    "<": "◀◂←≤",
    "!": "⚠",
    "/": "╱",
    "'": "‘’",
}
LIKENESS = {glyph: plain for plain, glyphs in _GLYPHS.items() for glyph in glyphs}
"""By glyph."""
