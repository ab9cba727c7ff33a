"""What a run keeps of the time before its load."""

from __future__ import annotations

from pathlib import Path

from rocmtui.adapters.runs.folder import RunFolder
from rocmtui.adapters.runs.reader import read_run
from rocmtui.core.load.scenario import ClosedLoop, PromptPlan, Scenario
from rocmtui.core.report.document import Machine
from rocmtui.core.server.state import ServerState, ServerStatus
from rocmtui.core.session.events import LogRead, Noticed, ServerChanged
from rocmtui.services.session.run_keeper import PREAMBLE_EVENTS, PREAMBLE_LOG_CHARS, RunKeeper
from tests.fakes.manual_clock import ManualClock

SCENARIO = Scenario(shape=ClosedLoop(concurrency=1), prompt=PromptPlan(tokens=32))
NOW_NS = 10**12


def keeper_in(folder: Path) -> RunKeeper:
    clock = ManualClock(monotonic_ns=NOW_NS)
    return RunKeeper(
        lambda label, scenario: RunFolder.create(None, label, scenario, clock=clock, at=folder),
        clock,
        Machine(),
    )


async def test_a_run_of_a_server_that_stood_ready_begins_with_that_and_shortly_before_its_load(
    tmp_path: Path,
) -> None:
    keeper = keeper_in(tmp_path / "run")
    keeper.emit(ServerChanged(at_ns=NOW_NS - 300 * 10**9, status=ServerStatus(state=ServerState.READY)))
    for seconds in (100, 8, 2):
        keeper.emit(Noticed(at_ns=NOW_NS - seconds * 10**9, level="info", text=f"{seconds} s before"))
    keeper.open("m", SCENARIO)
    await keeper.close(())
    _, server, *notices = read_run(tmp_path / "run").events_only()
    assert isinstance(server, ServerChanged)
    assert (server.status.state, server.at_ns) == (ServerState.READY, NOW_NS - 8 * 10**9)
    assert [event.text for event in notices if isinstance(event, Noticed)] == ["8 s before", "2 s before"]


async def test_a_server_that_floods_its_log_pushes_nothing_else_out(tmp_path: Path) -> None:
    keeper = keeper_in(tmp_path / "run")
    keeper.emit(Noticed(at_ns=NOW_NS - 10**6, level="info", text="before the flood"))
    for n in range(2 * PREAMBLE_EVENTS):
        keeper.emit(LogRead(at_ns=NOW_NS - 10**5 + n, lines=(f"{n} {'x' * 2000}",)))
    keeper.emit(Noticed(at_ns=NOW_NS - 10**4 * 5, level="info", text="within it"))
    keeper.open("m", SCENARIO)
    await keeper.close(())
    events = list(read_run(tmp_path / "run").events_only())
    assert [event.text for event in events if isinstance(event, Noticed)] == ["before the flood", "within it"]
    lines = [line for event in events if isinstance(event, LogRead) for line in event.lines]
    assert sum(map(len, lines)) <= PREAMBLE_LOG_CHARS
    assert [line.split()[0] for line in lines[-2:]] == [str(2 * PREAMBLE_EVENTS - n) for n in (2, 1)]
