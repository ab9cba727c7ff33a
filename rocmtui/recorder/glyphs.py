"""Blocks, box lines and braille as boxes, so that pictures of them have no gaps."""

from __future__ import annotations

from functools import lru_cache

CELL_WIDTH = 9
CELL_HEIGHT = 18

Box = tuple[float, float, float, float]

_BRAILLE_DOTS = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))
_QUADRANTS = {
    "▖": "3", "▗": "4", "▘": "1", "▙": "134", "▚": "14",
    "▛": "123", "▜": "124", "▝": "2", "▞": "23", "▟": "234",
}  # fmt: skip
_QUARTER: dict[str, Box] = {
    "1": (0, 0, 0.5, 0.5),
    "2": (0.5, 0, 1, 0.5),
    "3": (0, 0.5, 0.5, 1),
    "4": (0.5, 0.5, 1, 1),
}
_MIDDLE_X = (4 / CELL_WIDTH, 5 / CELL_WIDTH)
_MIDDLE_Y = (8 / CELL_HEIGHT, 9 / CELL_HEIGHT)
_LEFT, _RIGHT = (
    (0.0, _MIDDLE_Y[0], _MIDDLE_X[1], _MIDDLE_Y[1]),
    (_MIDDLE_X[0], _MIDDLE_Y[0], 1.0, _MIDDLE_Y[1]),
)
_UP, _DOWN = (_MIDDLE_X[0], 0.0, _MIDDLE_X[1], _MIDDLE_Y[1]), (_MIDDLE_X[0], _MIDDLE_Y[0], _MIDDLE_X[1], 1.0)
_LINES: dict[str, tuple[Box, ...]] = {
    "─": (_LEFT, _RIGHT), "│": (_UP, _DOWN), "┌": (_RIGHT, _DOWN), "┐": (_LEFT, _DOWN), "└": (_RIGHT, _UP),
    "┘": (_LEFT, _UP), "├": (_UP, _DOWN, _RIGHT), "┤": (_UP, _DOWN, _LEFT), "┬": (_LEFT, _RIGHT, _DOWN),
    "┴": (_LEFT, _RIGHT, _UP), "┼": (_LEFT, _RIGHT, _UP, _DOWN), "╭": (_RIGHT, _DOWN), "╮": (_LEFT, _DOWN),
    "╰": (_RIGHT, _UP), "╯": (_LEFT, _UP), "╴": (_LEFT,), "╶": (_RIGHT,), "╵": (_UP,), "╷": (_DOWN,),
}  # fmt: skip
_THICK_X = (3 / CELL_WIDTH, 6 / CELL_WIDTH)
_THICK_Y = (7 / CELL_HEIGHT, 10 / CELL_HEIGHT)
_LINES |= {
    "━": ((0, _THICK_Y[0], 1, _THICK_Y[1]),),
    "╸": ((0, _THICK_Y[0], 0.5, _THICK_Y[1]),),
    "╺": ((0.5, _THICK_Y[0], 1, _THICK_Y[1]),),
    "┃": ((_THICK_X[0], 0, _THICK_X[1], 1),),
    "╌": tuple((x, _MIDDLE_Y[0], x + 0.33, _MIDDLE_Y[1]) for x in (0.08, 0.58)),
    "╍": tuple((x, _THICK_Y[0], x + 0.33, _THICK_Y[1]) for x in (0.08, 0.58)),
}


SHADES = {"░": 0.28, "▒": 0.5, "▓": 0.74}
"""Cells filled evenly, by how much of the text's colour is in them: dots would flicker at every zoom."""


def mixed(foreground: str, background: str, share: float) -> str:
    """The colour (`#rrggbb`) of a shade."""
    pairs = zip(bytes.fromhex(foreground[1:]), bytes.fromhex(background[1:]), strict=True)
    return "#" + bytes(round(a * share + b * (1 - share)) for a, b in pairs).hex()


@lru_cache(maxsize=512)
def shapes(character: str) -> tuple[Box, ...] | None:
    """Boxes (left, top, right, bottom; 0 to 1 of the cell) that draw a block character; None for text."""
    if character in SHADES:
        return ((0, 0, 1, 1),)
    if character in _LINES:
        return _LINES[character]
    if character in _QUADRANTS:
        return tuple(_QUARTER[q] for q in _QUADRANTS[character])
    code = ord(character)
    if 0x2800 <= code <= 0x28FF:
        bits = code - 0x2800
        return tuple(_dot(*dot) for bit, dot in enumerate(_BRAILLE_DOTS) if bits >> bit & 1)
    return _block(code)


def _dot(column: int, row: int) -> Box:
    x, y = 0.14 + 0.5 * column, 0.06 + 0.25 * row
    return (x, y, x + 0.25, y + 0.14)


def _block(code: int) -> tuple[Box, ...] | None:
    if code == 0x2580:
        return ((0, 0, 1, 0.5),)
    if 0x2581 <= code <= 0x2588:
        return ((0, 1 - (code - 0x2580) / 8, 1, 1),)
    if 0x2589 <= code <= 0x258F:
        return ((0, 0, (0x2590 - code) / 8, 1),)
    return {0x2590: ((0.5, 0, 1, 1),), 0x2594: ((0, 0, 1, 1 / 8),), 0x2595: ((7 / 8, 0, 1, 1),)}.get(code)
