"""A run's report tells the model file of a server we started, and of no other."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from rocmtui.adapters.runs.folder import RunFolder
from rocmtui.core.load.scenario import ClosedLoop, PromptPlan, Scenario
from rocmtui.core.report.document import Machine, Report
from rocmtui.core.server.state import ServerFacts, ServerState, ServerStatus
from rocmtui.core.session.events import ServerChanged
from rocmtui.services.session.run_keeper import RunKeeper
from tests.fakes.manual_clock import ManualClock

SCENARIO = Scenario(shape=ClosedLoop(concurrency=1), prompt=PromptPlan(tokens=32))


@pytest.mark.parametrize(
    ("command", "path", "expected"),
    [
        (("llama-server", "-m", "/m.gguf"), "/m.gguf", "hash of /m.gguf"),
        ((), "/m.gguf", None),
        (("llama-server",), None, None),
    ],
)
async def test_only_a_server_of_ours_has_its_model_hashed(
    command: tuple[str, ...], path: str | None, expected: str | None, tmp_path: Path
) -> None:
    clock = ManualClock(monotonic_ns=10**12)
    keeper = RunKeeper(
        lambda label, scenario: RunFolder.create(None, label, scenario, clock=clock, at=tmp_path / "run"),
        clock,
        Machine(),
        lambda model: f"hash of {model}",
    )
    facts = ServerFacts(model="m", model_path=path)
    status = ServerStatus(state=ServerState.READY, command=command, attached=not command, facts=facts)
    keeper.emit(ServerChanged(at_ns=clock.monotonic_ns(), status=status))
    keeper.open("m", SCENARIO)
    assert (await keeper.close(())).server.model_hash == expected


async def test_the_limit_is_looked_for_beside_the_loop_and_not_in_it(tmp_path: Path) -> None:
    clock, loop = ManualClock(monotonic_ns=10**12), asyncio.get_running_loop()
    went_on = threading.Event()

    def limit_of(_report: Report) -> None:
        loop.call_soon_threadsafe(went_on.set)
        assert went_on.wait(5)

    keeper = RunKeeper(
        lambda label, scenario: RunFolder.create(None, label, scenario, clock=clock, at=tmp_path / "run"),
        clock,
        Machine(),
        limit_of=limit_of,
    )
    keeper.open("m", SCENARIO)
    assert (await keeper.close(())).limit is None
    assert went_on.is_set()
