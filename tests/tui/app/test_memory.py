"""A pretend day of load at 10 requests a second: the app's memory stays where it was after the first hour."""

import gc
import os
from pathlib import Path

import msgspec

from rocmtui.core.gpu.reading import GpuSample
from rocmtui.core.load.said import Requests
from rocmtui.core.session.events import GpuRead, LogRead, Noticed, ServerChanged
from rocmtui.core.session.view_builder import ViewBuilder
from rocmtui.tui.app.base import RocmtuiApp
from tests.fakes.scripted_session import ScriptedSession
from tests.fakes.scripted_views import SECOND, START, gpu, live, ready_status, record

HOURS = 24
MINUTES_A_STEP = 20
REQUESTS_A_SECOND = 10
LOG_LINES_A_SECOND = 20


class DaySession(ScriptedSession):
    """A session over a real ViewBuilder."""

    def __init__(self) -> None:
        super().__init__()
        self.builder = ViewBuilder()

    def view(self):
        return self.builder.view()


def feed(builder: ViewBuilder, step: int) -> None:
    """Twenty minutes of events, the snapshots of their last seconds."""
    at_ns = START + step * MINUTES_A_STEP * 60 * SECOND
    seconds = MINUTES_A_STEP * 60
    model = record(step % 50)
    last = (step + 1) * seconds * REQUESTS_A_SECOND
    batch = tuple(msgspec.structs.replace(model, id=last - 1000 + n) for n in range(1000))
    lines = tuple(f"slot {last + n} | a line of the log" for n in range(100 * LOG_LINES_A_SECOND))
    for second in range(0, seconds, 100):
        builder.observe(Requests(at_ns=at_ns + second * SECOND, records=batch))
        builder.observe(LogRead(at_ns=at_ns + second * SECOND, lines=lines))
    builder.observe(Noticed(at_ns=at_ns, level="info", text=f"step {step}"))
    for tick in range(40):
        now_ns = at_ns + seconds * SECOND + tick * SECOND // 10
        builder.observe(msgspec.structs.replace(SNAPSHOT, at_ns=now_ns, completed=step * seconds * 10))
        builder.observe(GpuRead(at_ns=now_ns, sample=GpuSample(at_ns=now_ns, gpus=(gpu(),))))


SNAPSHOT = live()


def resident_bytes() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def test_a_day_costs_less_than_50_megabytes() -> None:
    session = DaySession()
    session.builder.observe(ServerChanged(at_ns=START, status=ready_status()))
    app = RocmtuiApp(session)
    steps_an_hour = 60 // MINUTES_A_STEP
    async with app.run_test(size=(120, 40)) as pilot:
        after_an_hour = 0
        for step in range(HOURS * steps_an_hour):
            feed(session.builder, step)
            app.poll()
            await pilot.pause()
            if step % 6 == 5:
                await pilot.press("1567"[step % 4])
            if step == steps_an_hour:
                after_an_hour = resident_bytes()
        grown = resident_bytes() - after_an_hour
        assert app.view.requests[-1].id == HOURS * 3600 * REQUESTS_A_SECOND - 1
    assert grown < 50_000_000
