"""`r` and `p` in the app: files beside the run, and a header that says so."""

import json
import threading
from pathlib import Path

import msgspec
import pytest

from rocmtui.core.load.scenario import PromptPlan
from rocmtui.recorder import live_recording
from rocmtui.recorder.frames import Frame
from rocmtui.recorder.live_recording import LiveRecorder
from rocmtui.tui.app.base import RocmtuiApp
from tests.fakes.manual_clock import ManualClock
from tests.fakes.scripted_session import ScriptedSession
from tests.fakes.scripted_views import running
from tests.tui.screen_text import screen_text


def recorder(folder: Path) -> LiveRecorder:
    return LiveRecorder(lambda: folder, ManualClock())


async def test_r_records_a_cast_until_r_again(tmp_path: Path) -> None:
    app = RocmtuiApp(ScriptedSession(running()), recorder=recorder(tmp_path / "new"))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("R")
        assert "● rec" in screen_text(app)
        await pilot.press("2")
        app.recorder._take(app)
        await pilot.press("R")
        assert "● rec" not in screen_text(app)
    (cast,) = (tmp_path / "new").glob("screen-*.cast")
    header, first, *more = [json.loads(line) for line in cast.read_text().splitlines()]
    assert (header["width"], header["height"]) == (120, 40)
    assert "gemma" in first[2]
    assert more


async def test_p_saves_a_picture_and_names_it(tmp_path: Path) -> None:
    app = RocmtuiApp(ScriptedSession(running()), recorder=recorder(tmp_path))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.press("p", "p")
        await pilot.pause()
        first, second = sorted(tmp_path.glob("screen-*.svg"))
        assert first.read_text().startswith("<svg")
        assert first.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
        saved = [n.message for n in app._notifications if n.message.startswith("picture saved to")]
        assert {str(first), str(second)} == {message.split()[-3] for message in saved}


async def test_a_picture_is_drawn_beside_the_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn_by: list[threading.Thread] = []
    said: list[str] = []
    told = threading.Event()
    write = live_recording._write_picture

    def noting(path: Path, frame: Frame) -> str:
        drawn_by.append(threading.current_thread())
        assert told.wait(10)
        return write(path, frame)

    monkeypatch.setattr(live_recording, "_write_picture", noting)
    app = RocmtuiApp(ScriptedSession(running()), recorder=recorder(tmp_path))
    monkeypatch.setattr(app, "notify", lambda message, **_: (said.append(message), told.set()))
    async with app.run_test(size=(120, 40)) as pilot:
        app.action_picture()
        await app.workers.wait_for_complete()
        await pilot.pause()
    assert [message.partition("/")[0] for message in said] == ["saving a picture…", "picture saved to "]
    assert [thread is threading.main_thread() for thread in drawn_by] == [False]


async def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    app = RocmtuiApp(ScriptedSession(running()), recorder=recorder(blocked / "sub"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.press("R", "p")
        await pilot.pause()
        said = [n.message for n in app._notifications]
        assert len(said) == 2
        assert all("cannot write" in text for text in said)


async def test_a_disk_that_fills_up_ends_the_recording(tmp_path: Path) -> None:
    live = recorder(tmp_path)
    app = RocmtuiApp(ScriptedSession(running()), recorder=live)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.press("R")
        live._cast.file.close()
        live._cast.file = live._cast.writer._file = open("/dev/full", "w")  # noqa: SIM115
        await pilot.press("2")
        live._take(app)
        assert live.recording_since_ns is None
        await pilot.pause()
        assert any("cannot write" in n.message for n in app._notifications)


async def test_another_size_is_told_to_the_player(tmp_path: Path) -> None:
    live = recorder(tmp_path)
    app = RocmtuiApp(ScriptedSession(running()), recorder=live)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("R")
        await pilot.resize_terminal(100, 30)
        live._take(app)
    live.stop()
    (cast,) = tmp_path.glob("*.cast")
    assert '"r", "100x30"' in cast.read_text()


async def test_without_a_recorder_the_keys_are_not_offered() -> None:
    app = RocmtuiApp(ScriptedSession(running()))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("R", "p")
        assert not any(
            b.binding.action == "record" and b.enabled for b in app.screen.active_bindings.values()
        )


async def test_a_secret_prompt_is_in_no_picture(tmp_path: Path) -> None:
    secret = PromptPlan(text="the crown jewels", secret=True)
    view = running()
    assert view.scenario is not None
    view = msgspec.structs.replace(view, scenario=msgspec.structs.replace(view.scenario, prompt=secret))
    app = RocmtuiApp(ScriptedSession(view), recorder=recorder(tmp_path))
    async with app.run_test(size=(160, 50)) as pilot:
        await pilot.press("R")
        for key in ["0", "1", "2", "3", "4", "5", "6", "7"]:
            await pilot.press(key, "p")
        await pilot.press("R")
    files = [*tmp_path.glob("*.svg"), *tmp_path.glob("*.cast")]
    assert len(files) == 9
    assert not any("crown" in file.read_text() for file in files)
