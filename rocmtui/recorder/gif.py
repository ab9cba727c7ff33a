"""Writes frames as an animated GIF, one as a PNG. Blocks and braille are geometry: bars have no gaps."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from typing import BinaryIO

from PIL import Image, ImageDraw, ImageFont
from rich.cells import cell_len

from rocmtui.recorder.frames import DEFAULT_BACKGROUND, Frame, Look, TimedFrame, columns_of, distinct
from rocmtui.recorder.glyphs import CELL_HEIGHT, CELL_WIDTH, SHADES, mixed, shapes

FONT_SIZE = 15
"""Its advance is CELL_WIDTH pixels exactly."""
COLORS = 128
SAMPLES = 10
"""How many frames the palette is made from."""


def write_gif(file: BinaryIO, frames: Sequence[TimedFrame], end_s: float) -> None:
    """Write all frames; the last one stays until `end_s`. Equal neighbours become one longer frame."""
    shown = distinct(frames)
    ends_s = [timed.at_s for timed in shown[1:]] + [end_s]
    durations_ms = [max(20, round((end - t.at_s) * 1000)) for t, end in zip(shown, ends_s, strict=True)]
    images = [draw(timed.frame) for timed in shown]
    palette = _palette(images)
    pages = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
    pages[0].save(
        file,
        "GIF",
        save_all=True,
        append_images=pages[1:],
        duration=durations_ms,
        loop=0,
        disposal=1,
        optimize=False,
    )


def write_png(file: BinaryIO, frame: Frame) -> None:
    """Write one frame as a picture."""
    draw(frame).save(file, "PNG", optimize=True)


def _palette(images: Sequence[Image.Image]) -> Image.Image:
    """One palette for all, from frames of the whole recording: a colour may come late."""
    chosen = [*images[:: max(len(images) // SAMPLES, 1)], images[-1]]
    height = max(image.height for image in chosen)
    together = Image.new("RGB", (chosen[0].width, height * len(chosen)), DEFAULT_BACKGROUND)
    for place, image in enumerate(chosen):
        together.paste(image, (0, place * height))
    return together.quantize(COLORS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)


def draw(frame: Frame) -> Image.Image:
    """One frame as a picture."""
    columns = columns_of(frame)
    image = Image.new("RGB", (columns * CELL_WIDTH, len(frame) * CELL_HEIGHT), DEFAULT_BACKGROUND)
    canvas = ImageDraw.Draw(image)
    for row, line in enumerate(frame):
        column = 0
        for text, look in line:
            width = cell_len(text)
            x, y = column * CELL_WIDTH, row * CELL_HEIGHT
            box = (x, y, x + width * CELL_WIDTH - 1, y + CELL_HEIGHT - 1)
            canvas.rectangle(box, fill=look.background)
            _draw_text(canvas, text, look, x, y)
            if look.underline:
                canvas.line((x, box[3] - 1, box[2], box[3] - 1), fill=look.foreground)
            column += width
    return image


def _draw_text(canvas: ImageDraw.ImageDraw, text: str, look: Look, x: int, y: int) -> None:
    font = _font(look.bold)
    for character in text:
        if character != " ":
            boxes = shapes(character)
            if boxes is None:
                canvas.text((x, y + CELL_HEIGHT - 4), character, fill=look.foreground, font=font, anchor="ls")
            ink = look.foreground
            if character in SHADES:
                ink = mixed(look.foreground, look.background, SHADES[character])
            for left, top, right, bottom in boxes or ():
                x0, y0 = round(left * CELL_WIDTH), round(top * CELL_HEIGHT)
                x1, y1 = round(right * CELL_WIDTH) - 1, round(bottom * CELL_HEIGHT) - 1
                canvas.rectangle((x + x0, y + y0, x + max(x0, x1), y + max(y0, y1)), fill=ink)
        x += cell_len(character) * CELL_WIDTH


@lru_cache(maxsize=2)
def _font(bold: bool) -> ImageFont.FreeTypeFont:
    name = "DejaVuSansMono-Bold.ttf" if bold else "DejaVuSansMono.ttf"
    data = files("rocmtui.recorder").joinpath("fonts", name).read_bytes()
    return ImageFont.truetype(BytesIO(data), FONT_SIZE)
