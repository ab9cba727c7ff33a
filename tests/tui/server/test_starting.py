from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from textual.pilot import Pilot

from rocmtui.core.server.state import DeviceMemory, LaunchPlan, ServerFacts, ServerStatus
from rocmtui.errors import ServerStartError
from rocmtui.tui.app.base import RocmtuiApp
from rocmtui.tui.dialogs.help import keys_of
from rocmtui.tui.server.failure_panel import FailurePanel, failure_lines
from rocmtui.tui.server.stages_panel import StagesPanel, StartLogPanel
from rocmtui.tui.server.starting import StartActions, StartingScreen
from tests.fakes import scripted_views as views
from tests.fakes.scripted_session import ScriptedSession
from tests.tui.screen_text import screen_text, text_of

replace = msgspec.structs.replace


class Start:
    """A starting screen whose start ends when told how."""

    def __init__(self) -> None:
        self.session = ScriptedSession(views.starting())
        self.ends: asyncio.Queue[ServerStatus | ServerStartError] = asyncio.Queue()
        self.led_to: list[object] = []
        actions = StartActions(
            start=self.start,
            stop=self.session.stop_server,
            ready=lambda: self.led_to.append("ready"),
            edit=lambda plan: self.led_to.append(("edit", plan)),
        )
        self.screen = StartingScreen(views.PLAN, actions)
        self.app = RocmtuiApp(self.session, first_screen=lambda: self.screen)

    async def start(self, plan: LaunchPlan) -> ServerStatus:
        self.led_to.append(("start", plan))
        end = await self.ends.get()
        if isinstance(end, ServerStartError):
            raise end
        return end

    async def end(self, pilot: Pilot[int], how: ServerStatus | ServerStartError) -> None:
        self.ends.put_nowait(how)
        await self.app.workers.wait_for_complete(
            [worker for worker in self.app.workers if worker.group == "start"]
        )
        await pilot.pause()

    @asynccontextmanager
    async def shown(self, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Pilot[int]]:
        async with self.app.run_test(size=size) as pilot:
            await pilot.pause()
            yield pilot
            self.app.workers.cancel_all()


def offered(screen: StartingScreen) -> set[str]:
    return {entry.description for entry in keys_of(screen)}


def drawn(panel: StagesPanel, status: ServerStatus, rows: int = 14) -> list[str]:
    view = replace(views.starting(), server=status)
    return [line.rstrip() for line in text_of(panel.draw(view, 60, rows))]


async def test_ready_leads_on():
    start = Start()
    async with start.shown() as pilot:
        assert start.led_to == [("start", views.PLAN)]
        await start.end(pilot, views.ready_status())
    assert start.led_to[1:] == ["ready"]


async def test_a_failure_is_explained_and_can_be_retried():
    start = Start()
    async with start.shown() as pilot:
        assert {"retry", "edit the settings", "copy why"}.isdisjoint(offered(start.screen))
        await pilot.press("r", "e")
        assert start.led_to == [("start", views.PLAN)]
        await start.end(pilot, views.failed().server)
        assert start.screen.has_class("-failed")
        assert start.screen.query_one(FailurePanel).display
        assert not start.screen.query_one(StagesPanel).display
        assert {"retry", "edit the settings", "copy why"} <= offered(start.screen)
        await pilot.press("y")
        assert start.app.clipboard.startswith("The model does not fit: ROCm could not allocate 18.2 GiB")
        await pilot.press("r")
        assert not start.screen.has_class("-failed")
        assert start.led_to == [("start", views.PLAN)] * 2
        await start.end(pilot, views.failed().server)
        await pilot.press("e")
    assert start.led_to[2:] == [("edit", views.PLAN)]


async def test_an_error_without_a_diagnosis_is_told_in_its_own_words():
    start = Start()
    async with start.shown() as pilot:
        await start.end(pilot, ServerStartError("no llama-server found", "install one", ("a line",)))
        lines = text_of(start.screen.query_one(FailurePanel)._lines)
    assert "no llama-server found" in lines[1]
    assert "install one" in lines[3]
    assert "a line" in lines[6]


async def test_a_start_that_was_stopped_goes_back_to_the_settings():
    start = Start()
    async with start.shown() as pilot:
        await start.end(pilot, ServerStatus())
    assert start.led_to[1:] == [("edit", views.PLAN)]


async def test_escape_cancels_the_start():
    start = Start()
    async with start.shown() as pilot:
        await pilot.press("escape")
        await pilot.pause()
    assert start.session.calls == [("stop_server", None)]
    assert start.led_to[1:] == [("edit", views.PLAN)]


def test_stages_done_under_way_and_to_come():
    memory = (DeviceMemory(device="ROCm0", weights_bytes=15 << 30, kv_bytes=1200 << 20),)
    status = replace(views.starting().server, facts=ServerFacts(memory=memory))
    assert drawn(StagesPanel(), status) == [
        "╭─ starting gemma-3-27b-it-Q4_K_M.gguf ──────────── 9.0 s ─╮",
        "│ ✓ devices              2.0 s                             │",
        "│ ✓ reading weights      2.0 s                             │",
        "│ ◐ offload              5.0 s  49/49 layers to ROCm0      │",
        "│ · kv cache                                               │",
        "│ · compute                                                │",
        "│ · warm-up                                                │",
        "│ · slots                                                  │",
        "│ · listening                                              │",
        "│                                                          │",
        "│ ROCm0   █ weights 15.0 GiB  ▓ KV 1.2 GiB                 │",
        *["│                                                          │"] * 2,
        "╰──────────────────────────────────────────────────────────╯",
    ]


def test_before_the_first_stage():
    status = replace(views.starting().server, stages=())
    assert drawn(StagesPanel(), status)[1] == "│ ◐ the process starts   9.0 s                             │"


def test_the_running_stage_stays_in_sight_where_there_is_no_room():
    lines = drawn(StagesPanel(), views.starting().server, rows=6)
    assert any("offload" in line for line in lines)


def test_the_proof_is_cut_before_cause_and_remedy():
    diagnosis = views.failed().server.diagnosis
    assert diagnosis is not None
    assert text_of(failure_lines(diagnosis, 100, 4)) == [
        "The model does not fit: ROCm could not allocate 18.2 GiB on device 0.",
        "",
        "try  Use fewer slots or a shorter context: -np 2 -c 4096, or a smaller quantization.",
    ]
    assert (
        text_of(failure_lines(diagnosis, 120, 6))[-1]
        == "│ llama_model_load: error loading model: unable to allocate ROCm0 buffer"
    )


def test_what_a_stage_says_has_a_line_of_its_own_where_it_does_not_fit() -> None:
    lines = text_of(StagesPanel().draw(views.starting(), 42, 14))
    at = next(at for at, line in enumerate(lines) if "offload" in line)
    assert lines[at + 1].startswith("│     49/49 layers to ROCm0 ")


LONG = replace(
    views.failed().server.diagnosis,
    cause="The card has no room for it. " * 9,
    remedy="Use fewer slots, or a shorter context, or a smaller quantization. " * 8 + "Last words.",
)


async def test_a_long_failure_takes_the_rows_of_the_log_and_scrolls_to_its_end() -> None:
    start = Start()
    async with start.shown((60, 16)) as pilot:
        await start.end(pilot, replace(views.failed().server, diagnosis=LONG))
        assert not start.screen.query_one(StartLogPanel).display
        assert "lines below" in screen_text(start.app)
        assert "Last words." not in screen_text(start.app)
        await pilot.press("pagedown", "pagedown", "pagedown")
        assert "Last words." in screen_text(start.app)
        assert "lines below" not in screen_text(start.app)


async def test_where_a_failure_fits_the_log_stays_and_nothing_is_scrolled() -> None:
    start = Start()
    async with start.shown((80, 24)) as pilot:
        await start.end(pilot, views.failed().server)
        assert start.screen.query_one(StartLogPanel).display
        assert "page down" not in offered(start.screen)
        assert "unable to allocate ROCm0 buffer" in screen_text(start.app)


def test_hostile_log_lines_are_inert():
    diagnosis = replace(
        views.failed().server.diagnosis, proof=("\x1b]0;owned\x07[red]\u202etxt\n" + "x" * 9999,)
    )
    (line,) = text_of(failure_lines(diagnosis, 60, 20))[-1:]
    assert line.isprintable()
    assert len(line) <= 60
