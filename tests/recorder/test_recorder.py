"""From a running app to casts and pictures."""

import io
import json
from typing import ClassVar

import pytest
from PIL import Image
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.widgets import Static

from rocmtui.core.session.view import SessionView
from rocmtui.errors import UsageError
from rocmtui.recorder.cast import CastWriter
from rocmtui.recorder.drive import Recording, drive
from rocmtui.recorder.frames import Frame, Line, TimedFrame, frame_line
from rocmtui.recorder.gif import draw, write_gif
from rocmtui.recorder.glyphs import CELL_HEIGHT, CELL_WIDTH, shapes
from rocmtui.recorder.script import Hold, Press, Shot, Wait, parse_script
from rocmtui.recorder.svg import animation, still_picture


class Counter(App[None]):
    """Counts the presses of `x`."""

    BINDINGS: ClassVar = [("x", "count", "count")]
    presses = 0

    def compose(self) -> ComposeResult:
        yield Static("0 ▇▇", id="count", markup=False)

    def action_count(self) -> None:
        self.presses += 1
        self.query_one("#count", Static).update(f"{self.presses} ▇▇ <&>")


class NoClock:
    async def next_frame(self, seconds: float) -> None:
        return


def line_text(line: Line) -> str:
    return "".join(run.text for run in line)


async def recorded() -> Recording:
    steps = parse_script("press x\nhold 1\nshot one.svg\npress x")
    return await drive(Counter(), steps, SessionView, NoClock(), poll=lambda: None, size=(20, 4))


def frame(text: str) -> Frame:
    return (frame_line([Segment(text, Style(color="#ff0000", bgcolor="#000000"))]),)


async def test_drive_sees_each_step() -> None:
    recording = await recorded()
    texts = [line_text(timed.frame[0]).rstrip() for timed in recording.frames]
    assert texts[0] == "0 ▇▇"
    assert texts[-1] == "2 ▇▇ <&>"
    assert line_text(recording.shots["one.svg"][0]).rstrip() == "1 ▇▇ <&>"
    assert recording.end_s == 1.0


async def test_the_same_script_gives_the_same_bytes() -> None:
    files = []
    for _ in range(2):
        recording = await recorded()
        cast, gif = io.StringIO(), io.BytesIO()
        writer = CastWriter(cast, 20, 4)
        for at_s, shown in recording.frames:
            writer.write(at_s, shown)
        write_gif(gif, recording.frames, recording.end_s)
        files.append((cast.getvalue(), gif.getvalue(), animation(recording.frames, 1.0)))
    assert files[0] == files[1]


async def test_a_wait_that_never_ends_gives_up() -> None:
    with pytest.raises(UsageError, match="gave up waiting for `completed 5`"):
        await drive(
            Counter(),
            parse_script("wait completed 5"),
            SessionView,
            NoClock(),
            poll=lambda: None,
            longest_wait_s=2,
        )


def test_script_language() -> None:
    text = "wait server ready # comment\n\nhold 1.5\npress ctrl+p\nshot a.svg"
    assert parse_script(text) == (Wait("server", "ready"), Hold(1.5), Press(("ctrl+p",)), Shot("a.svg"))


@pytest.mark.parametrize("line", ["jump", "wait forever", "hold x", "shot a.png", "wait completed many"])
def test_a_wrong_step_is_named_with_its_line(line: str) -> None:
    with pytest.raises(UsageError, match="line 2 of the script"):
        parse_script(f"press x\n{line}")


def test_cast_writes_only_changed_lines() -> None:
    file = io.StringIO()
    writer = CastWriter(file, 5, 2)
    one, other = frame("a")[0], frame("b")[0]
    writer.write(0, (one, one))
    writer.write(0.25, (one, one))
    writer.write(0.5, (one, other))
    header, first, second = file.getvalue().splitlines()
    assert json.loads(header)["version"] == 2
    assert json.loads(first)[2].startswith("\x1b[?25l")
    assert json.loads(second) == [0.5, "o", "\x1b[2;1H\x1b[0;38;2;255;0;0;48;2;0;0;0mb\x1b[0m"]


def test_svg_escapes_what_it_shows() -> None:
    assert "&lt;script&gt;" in still_picture(frame("<script>"))
    assert "<script" not in animation([TimedFrame(0, frame("<script>"))], 1.0)


def test_gif_holds_each_different_frame_as_long_as_it_was_shown() -> None:
    file = io.BytesIO()
    frames = [TimedFrame(0, frame("a")), TimedFrame(1, frame("a")), TimedFrame(2, frame("b"))]
    write_gif(file, frames, 2.5)
    image = Image.open(file)
    assert image.n_frames == 2
    assert image.info["duration"] == 2000


def test_a_colour_that_comes_late_is_in_the_gif() -> None:
    blue = (frame_line([Segment("█", Style(color="#0000ff", bgcolor="#000000"))]),)
    frames = [TimedFrame(at_s, frame("ab"[at_s % 2])) for at_s in range(30)]
    file = io.BytesIO()
    write_gif(file, [*frames, TimedFrame(30, blue)], 31)
    image = Image.open(file)
    image.seek(image.n_frames - 1)
    assert image.convert("RGB").getpixel((4, 9)) == (0, 0, 255)


@pytest.mark.parametrize(("character", "lit"), [("█", 1.0), ("▄", 0.5), ("▌", 0.5), ("▖", 0.25)])
def test_blocks_fill_their_share_of_the_cell(character: str, lit: float) -> None:
    pixels = list(draw(frame(character)).get_flattened_data())
    share = pixels.count((255, 0, 0)) / (CELL_WIDTH * CELL_HEIGHT)
    assert share == pytest.approx(lit, abs=0.07)


def test_letters_are_left_to_the_font() -> None:
    assert shapes("a") is None
    assert len(shapes("⣿") or ()) == 8
