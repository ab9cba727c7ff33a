"""Untrusted text is shown inert and bounded wherever it appears."""

import msgspec
import pytest

from rocmtui.core.gpu.reading import GpuSample
from rocmtui.core.load.snapshot import SloState
from rocmtui.core.request.record import ErrorKind, RequestError
from rocmtui.core.server.state import Diagnosis, ServerFacts, ServerState, ServerStatus, StageMark
from rocmtui.core.session.events import LogRead, Noticed
from rocmtui.core.session.view import SessionView
from rocmtui.core.session.view_builder import ViewBuilder
from rocmtui.errors import ServerError
from rocmtui.tui.app.base import RocmtuiApp
from tests.fakes.hostile_text import HOSTILE
from tests.fakes.scripted_session import ScriptedSession
from tests.fakes.scripted_views import gpu, live, record, running


def poisoned(text: str) -> SessionView:
    """A running view with the text in every field that outsiders fill."""
    builder = ViewBuilder()
    builder.observe(LogRead(at_ns=1, lines=(text,) * 5))
    facts = ServerFacts(build=text, model=text, quantization=text, backend=text, parallel=4, n_ctx=2048)
    view = running()
    return msgspec.structs.replace(
        view,
        server=msgspec.structs.replace(view.server, facts=facts, note=text),
        live=live(slo=(SloState(expression=text, value=1.0, met=True),), warnings=(text,)),
        gpu=GpuSample(at_ns=view.at_ns, gpus=(gpu(name=text, gfx=text, throttle=(text,)),), notes=(text,)),
        log=builder.view().log,
        requests=(record(1, RequestError(kind=ErrorKind.BAD_REPLY, message=text, remedy=text)),),
        notices=(Noticed(at_ns=1, level="error", text=text),),
        baseline=live(),
        baseline_label=text,
    )


def crashed(text: str) -> SessionView:
    """A server that ended with the text as its last words."""
    diagnosis = Diagnosis(code="unknown", cause=text, remedy=text, proof=(text,) * 3, exit_status=text)
    return SessionView(server=ServerStatus(state=ServerState.FAILED, diagnosis=diagnosis), log=(text[:2000],))


def starting(text: str) -> SessionView:
    """A server whose stages are named by an enemy."""
    stages = (StageMark(name=text, at_ns=1, detail=text),)
    return SessionView(server=ServerStatus(state=ServerState.STARTING, stages=stages, note=text))


def shown(app: RocmtuiApp) -> str:
    return "".join(strip.text for strip in app.screen._compositor.render_strips())


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
async def test_every_place_shows_it_inert(text: str) -> None:
    session = ScriptedSession(poisoned(text))
    app = RocmtuiApp(session)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.pause()
        for keys in ("6", "7", "5", "0"):
            await pilot.press(keys)
            await pilot.pause()
            assert shown(app).isprintable()
        for view in (crashed(text), starting(text)):
            session.advance(view)
            app.poll()
            await pilot.pause()
            assert shown(app).isprintable()
    assert app.return_code in (None, 0)


async def test_a_hostile_request_opens_its_timeline() -> None:
    app = RocmtuiApp(ScriptedSession(poisoned(HOSTILE["rich_markup"])))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("5", "up", "enter")
        await pilot.pause()
        assert "[bold red]markup[/bold red]" in shown(app)


@pytest.mark.parametrize("name", ["rich_markup", "bad_markup", "clear_screen", "title"])
async def test_an_error_message_is_shown_inert(name: str) -> None:
    app = RocmtuiApp(ScriptedSession(running(), error=ServerError(HOSTILE[name], HOSTILE[name])))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.press("plus")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert shown(app).isprintable()
        assert len(app._notifications) == 1
