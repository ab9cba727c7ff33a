"""Writes frames as SVG: one still, or an animation that needs no script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import accumulate

from rich.cells import cell_len

from rocmtui.recorder.frames import DEFAULT_BACKGROUND, Frame, Line, Run, TimedFrame, columns_of
from rocmtui.recorder.glyphs import SHADES, mixed, shapes

CELL_WIDTH = 8.4
CELL_HEIGHT = 17
BASELINE = 13.3
"""Centres a line of the font in its cell; viewers that know no `dominant-baseline` need it in figures."""
_OVER = 0.3
"""How far a shape reaches into its neighbour, so that none lets the background through."""
FONT = "'Fira Code', 'DejaVu Sans Mono', Menlo, Consolas, monospace"


def still_picture(frame: Frame) -> str:
    """One frame as an SVG document."""
    lines = (
        f'<g transform="translate(0 {number * CELL_HEIGHT})">{_line(line)}</g>'
        for number, line in enumerate(frame)
    )
    return _document(frame, "", "".join(lines))


def animation(frames: Sequence[TimedFrame], end_s: float) -> str:
    """All frames as one looping SVG document; each different line is stored once.

    `end_s` is when the last frame ends and the first comes again.
    """
    ids: dict[Line, str] = {}
    groups, rules = [], []
    ends_s = [later.at_s for later in frames[1:]] + [end_s]
    for index, ((at_s, frame), until_s) in enumerate(zip(frames, ends_s, strict=True)):
        start, stop = (100 * s / end_s for s in (at_s, until_s))
        rules.append(
            f"@keyframes k{index}{{0%{{visibility:hidden}}{start:.3f}%{{visibility:visible}}"
            f"{stop:.3f}%,100%{{visibility:hidden}}}}"
            f".f{index}{{animation:k{index} {end_s:.3f}s step-end infinite}}"
        )
        uses = "".join(
            f'<use href="#{ids.setdefault(line, f"l{len(ids)}")}" y="{number * CELL_HEIGHT}"/>'
            for number, line in enumerate(frame)
        )
        groups.append(f'<g class="f f{index}">{uses}</g>')
    defs = "".join(f'<g id="{name}">{_line(line)}</g>' for line, name in ids.items())
    style = f".f{{visibility:hidden}}{''.join(rules)}"
    return _document(frames[0].frame, style, f"<defs>{defs}</defs>{''.join(groups)}")


def _document(frame: Frame, style: str, body: str) -> str:
    columns = columns_of(frame)
    width, height = columns * CELL_WIDTH, len(frame) * CELL_HEIGHT
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" viewBox="0 0 {width:.1f} {height}" '
        f'width="{width:.1f}" height="{height}">'
        "<title>rocmtui</title>"
        f"<style>text{{font:14px {FONT};white-space:pre}}{style}</style>"
        f'<rect width="100%" height="100%" fill="{DEFAULT_BACKGROUND}"/>{body}</svg>\n'
    )


def _line(line: Line) -> str:
    starts = accumulate((cell_len(run.text) for run in line), initial=0)
    return "".join(_run(run, start) for run, start in zip(line, starts, strict=False))


def _run(run: Run, column: int) -> str:
    x, width = column * CELL_WIDTH, cell_len(run.text) * CELL_WIDTH
    box = f'<rect x="{x:.1f}" width="{width + 0.3:.1f}" height="{CELL_HEIGHT}" fill="{run.look.background}"/>'
    blocks = "".join(_block(character, run, column + at) for at, character in _cells(run.text))
    text = "".join(" " * cell_len(c) if shapes(c) is not None else c for c in run.text).rstrip(" ")
    if not text:
        return box + blocks
    start = len(text) - len(text.lstrip(" "))
    text, x = text[start:], x + start * CELL_WIDTH
    weight = ' font-weight="bold"' if run.look.bold else ""
    slant = ' font-style="italic"' if run.look.italic else ""
    line = ' text-decoration="underline"' if run.look.underline else ""
    length = cell_len(text) * CELL_WIDTH
    return (
        f'{box}{blocks}<text x="{x:.1f}" y="{BASELINE}" textLength="{length:.1f}" '
        f'fill="{escape(run.look.foreground)}"{weight}{slant}{line}>{escape(text, quote=False)}</text>'
    )


def _cells(text: str) -> Iterator[tuple[int, str]]:
    """Each character with the cell it begins in."""
    at = 0
    for character in text:
        yield at, character
        at += cell_len(character)


def _block(character: str, run: Run, column: int) -> str:
    """A block character as shapes: a font's own would leave stripes between its cells and lines."""
    boxes = shapes(character)
    if not boxes:
        return ""
    ink = run.look.foreground
    if character in SHADES:
        ink = mixed(ink, run.look.background, SHADES[character])
    path = ""
    for left, top, right, bottom in boxes:
        x0, x1 = (column + left) * CELL_WIDTH, (column + right) * CELL_WIDTH + _OVER
        y0, y1 = top * CELL_HEIGHT, bottom * CELL_HEIGHT + (_OVER if bottom == 1 else 0)
        path += f"M{x0:.2f} {y0:.2f}H{x1:.2f}V{y1:.2f}H{x0:.2f}z"
    return f'<path d="{path}" fill="{escape(ink)}"/>'
