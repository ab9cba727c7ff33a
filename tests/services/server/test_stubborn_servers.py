"""Programs that are no well-behaved llama-server: what the user reads, and that nothing is left behind."""

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from rocmtui.adapters.server.binary import QUESTION_S
from rocmtui.core.server.state import LaunchPlan, ServerState
from tests.fakes.stubborn import stubborn
from tests.services.server.desk import Desk, alive, supervised, until_gone


def plan(folder: Path, mode: str, **changes: object) -> LaunchPlan:
    return LaunchPlan(model="m.gguf", server_bin=stubborn(folder, mode), **changes)  # type: ignore[arg-type]


async def failure(desk: Desk, wanted: LaunchPlan) -> str:
    """Code of the diagnosis of a start that must fail."""
    status = await desk.supervisor.ensure_ready(wanted)
    assert status.state is ServerState.FAILED
    assert status.diagnosis is not None
    assert status.diagnosis.cause
    return status.diagnosis.code


async def test_one_that_serves_is_served_by(tmp_path: Path) -> None:
    async with supervised() as desk:
        status = await desk.supervisor.ensure_ready(plan(tmp_path, "serve"))
        assert (status.state, status.facts.parallel, status.facts.build) == (
            ServerState.READY,
            1,
            "b9999 (abc)",
        )
        assert status.command[0] == str(tmp_path / "llama-server")


@pytest.mark.parametrize(
    ("mode", "code", "status"), [("exit 0", "silent_exit", "exit 0"), ("exit 7", "silent_exit", "exit 7")]
)
async def test_one_that_exits_at_once(tmp_path: Path, mode: str, code: str, status: str) -> None:
    async with supervised() as desk:
        assert await failure(desk, plan(tmp_path, mode)) == code
        assert desk.status.diagnosis is not None
        assert desk.status.diagnosis.exit_status == status


async def test_one_that_prints_nothing_and_never_listens(tmp_path: Path) -> None:
    async with supervised() as desk:
        assert await failure(desk, plan(tmp_path, "silent", start_timeout_s=0.5)) == "start_timeout"
        assert "0.5 s" in str(desk.supervisor.error())


async def test_one_that_ignores_sigterm_is_killed_after_5_s(tmp_path: Path) -> None:
    async with supervised() as desk:
        status = await desk.supervisor.ensure_ready(plan(tmp_path, "ignore-term"))
        began = time.monotonic()
        assert (await desk.supervisor.stop()).state is ServerState.STOPPED
        assert time.monotonic() - began > 4.9
        assert status.pid is not None
        assert not alive(status.pid)


async def test_one_that_forks_a_grandchild_takes_it_along(tmp_path: Path) -> None:
    async with supervised() as desk:
        await desk.supervisor.ensure_ready(plan(tmp_path, "grandchild"))
        await desk.until_log("grandchild")
        grandchild = int(next(line for line in desk.log if line.startswith("grandchild")).split()[1])
        assert alive(grandchild)
        await desk.supervisor.stop()
        await until_gone(grandchild, 20)


async def test_one_that_crashes_when_asked(tmp_path: Path) -> None:
    async with supervised() as desk:
        await desk.supervisor.ensure_ready(plan(tmp_path, "crash-on-request"))
        await desk.until(ServerState.FAILED, 20)
        assert desk.status.diagnosis is not None
        assert desk.status.diagnosis.code == "segmentation_fault"


async def test_one_whose_help_hangs_is_started_with_the_plainest_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rocmtui.adapters.server.binary.QUESTION_S", 0.3)
    async with supervised() as desk:
        status = await desk.supervisor.ensure_ready(plan(tmp_path, "help-hangs"))
        assert status.state is ServerState.READY
        assert "--slots" not in status.command


@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [
        (None, 0, "there is no llama-server"),
        ("#!/bin/sh\n", 0o644, "is not executable"),
        ("dear diary\n", 0o755, "it is no program for this machine"),
        ("#!/bin/sh\nexit 0\n", 0o755, "ended at once (exit 0) and printed nothing"),
    ],
)
async def test_programs_that_are_none(tmp_path: Path, text: str | None, mode: int, words: str) -> None:
    path = tmp_path / "server"
    if text is not None:
        path.write_text(text)
        path.chmod(mode)
    async with supervised() as desk:
        await failure(desk, LaunchPlan(model="m.gguf", server_bin=str(path)))
        assert words in str(desk.supervisor.error())


async def test_a_start_can_be_cancelled_while_the_binary_is_still_being_asked(tmp_path: Path) -> None:
    async with supervised() as desk:
        wanted = asyncio.create_task(desk.supervisor.ensure_ready(plan(tmp_path, "help-hangs")))
        await asyncio.sleep(0.2)
        began = time.monotonic()
        assert (await desk.supervisor.stop()).state is ServerState.STOPPED
        assert time.monotonic() - began < QUESTION_S
        assert (await wanted).state is ServerState.STOPPED


async def test_one_that_cannot_be_noted_is_left_running_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "state").write_text("no folder")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    async with supervised() as desk:
        pid = (await desk.supervisor.ensure_ready(plan(tmp_path, "serve"))).pid
        assert pid is not None
        assert await desk.supervisor.release() == os.devnull
    try:
        await asyncio.sleep(0.2)
        assert alive(pid)
    finally:
        os.kill(pid, signal.SIGKILL)
    await until_gone(pid, within_s=20)
