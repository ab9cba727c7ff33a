"""A kept process: its lines, its end, its group, and its end with ours."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from rocmtui.adapters.server.process import KeptProcess, start_process

FOLDER = Path(__file__).parents[3]


async def lines_of(process: KeptProcess) -> list[str]:
    return [line async for batch in process.lines() for line in batch]


async def run(*command: str) -> tuple[list[str], int]:
    process = await start_process(command, os.environ)
    return await lines_of(process), await process.wait()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


async def until_gone(pids: Sequence[int], within_s: float = 20.0) -> None:
    async with asyncio.timeout(within_s):
        while any(map(alive, pids)):
            await asyncio.sleep(0.01)


async def test_both_streams_come_in_order_and_the_status_last() -> None:
    script = "echo one; echo two >&2; printf '\\377bad\\r\\n'; printf unfinished; exit 3"
    assert await run("sh", "-c", script) == (["one", "two", "\ufffdbad", "unfinished"], 3)


async def test_a_line_without_end_is_cut_rather_than_kept() -> None:
    lines, status = await run(sys.executable, "-c", "print('x' * 300_000, end='')")
    assert status == 0
    assert len("".join(lines)) == 300_000
    assert len(lines) > 1


async def test_signals_are_named_by_negative_statuses() -> None:
    assert (await run("sh", "-c", "kill -SEGV $$"))[1] == -signal.SIGSEGV


@pytest.mark.parametrize(
    ("name", "text", "mode", "error"),
    [
        ("missing", None, 0, FileNotFoundError),
        ("plain", "#!/bin/sh\n", 0o600, PermissionError),
        ("text", "hello, I am no program\n", 0o700, OSError),
        ("loaderless", "#!/nowhere/python\n", 0o700, FileNotFoundError),
    ],
)
async def test_what_cannot_be_run_raises_at_once(
    tmp_path: Path, name: str, text: str | None, mode: int, error: type[OSError]
) -> None:
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
        path.chmod(mode)
    with pytest.raises(error):
        await start_process([str(path)], os.environ)


async def test_it_has_its_own_session_no_stdin_and_default_signals() -> None:
    script = (
        "import os, signal, sys; print(os.getsid(0) == os.getpid(), sys.stdin.read(), signal.getsignal(15))"
    )
    assert (await run(sys.executable, "-c", script))[0] == ["True  0"]


async def test_terminate_reaches_a_wrapped_program() -> None:
    """A wrapper script that does not `exec` must not keep the signal from the program it wraps."""
    program = (
        "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(0)); print('up', flush=True); "
        "time.sleep(60)"
    )
    process = await start_process(
        ["sh", "-c", f'{sys.executable} -c "{program}"; echo wrapper done'], os.environ
    )
    seen = []
    async for batch in process.lines():
        seen += batch
        if "up" in batch:
            process.terminate()
    assert await process.wait() != 0


async def test_kill_ends_what_ignores_term() -> None:
    process = await start_process(
        ["sh", "-c", "trap '' TERM; echo up; while :; do sleep 1; done"], os.environ
    )
    async for _ in process.lines():
        process.terminate()
        process.kill_group()
    assert await process.wait() == -signal.SIGKILL


async def test_nothing_it_started_outlives_it() -> None:
    lines, status = await run("sh", "-c", "sleep 60 & echo $!; setsid sleep 61 & echo $!; exit 0")
    assert status == 0
    await until_gone([int(line) for line in lines])


async def test_suspended_is_seen() -> None:
    process = await start_process(["sleep", "60"], os.environ)
    assert not process.is_stopped()
    os.kill(process.pid, signal.SIGSTOP)
    async with asyncio.timeout(20):
        while not process.is_stopped():
            await asyncio.sleep(0.01)
    process.kill_group()
    await process.wait()
    await lines_of(process)


OWNER = """
import asyncio, os, sys
from rocmtui.adapters.server.process import start_process
async def main():
    process = await start_process(["sh", "-c", "setsid sleep 60 & echo $!; exec sleep 61"], os.environ)
    async for batch in process.lines():
        print(process.pid, *batch, flush=True)
asyncio.run(main())
"""


async def test_our_own_sigkill_takes_the_server_and_its_children_along() -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER], cwd=FOLDER, stdout=subprocess.PIPE, text=True)
    with owner:
        assert owner.stdout is not None
        pids = [int(word) for word in owner.stdout.readline().split()]
        assert len(pids) == 2
        assert all(map(alive, pids))
        owner.kill()
        await until_gone(pids, within_s=1.0)


async def test_a_killed_keeper_takes_the_server_along() -> None:
    process = await start_process(["sleep", "60"], os.environ)
    keeper = int(Path(f"/proc/{process.pid}/stat").read_text().rpartition(") ")[2].split()[1])
    os.kill(keeper, signal.SIGKILL)
    assert await process.wait() == -signal.SIGKILL
    await until_gone([process.pid])
    await lines_of(process)


RELEASER = """
import asyncio, os, sys
from rocmtui.adapters.server.process import start_process
async def main():
    script = "echo before; while [ ! -e go ]; do sleep 0.05; done; echo after; exec sleep 60"
    process = await start_process(["sh", "-c", script], os.environ)
    async for batch in process.lines():
        break
    process.release("server.log")
    print(process.pid, flush=True)
asyncio.run(main())
"""


async def test_a_released_process_lives_on_and_its_log_goes_to_the_file(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(FOLDER)}
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", RELEASER],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    pid = int(done.stdout)
    try:
        assert alive(pid)
        (tmp_path / "go").touch()
        async with asyncio.timeout(20):
            while (
                not (tmp_path / "server.log").exists() or "after" not in (tmp_path / "server.log").read_text()
            ):
                await asyncio.sleep(0.01)
        assert (tmp_path / "server.log").read_text() == "after\n"
        assert alive(pid)
    finally:
        os.kill(pid, signal.SIGKILL)
    await until_gone([pid])


@pytest.mark.parametrize("log_file", ["/dev/full", "/nowhere/server.log"])
async def test_a_released_process_does_not_mind_a_full_disk(tmp_path: Path, log_file: str) -> None:
    script = (
        f"while [ ! -e {tmp_path}/go ]; do sleep 0.02; done; head -c 300000 /dev/zero; touch {tmp_path}/done"
    )
    process = await start_process(["sh", "-c", script], os.environ)
    process.release(log_file)
    (tmp_path / "go").touch()
    async with asyncio.timeout(20):
        while not (tmp_path / "done").exists():
            await asyncio.sleep(0.01)
    assert await process.wait() == 0


async def test_a_cancelled_start_leaves_nothing(tmp_path: Path) -> None:
    start = asyncio.create_task(start_process(["sleep", "59.87"], os.environ))
    await asyncio.sleep(0)
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    async with asyncio.timeout(20):
        while any("59.87" in _cmdline(entry) for entry in Path("/proc").glob("[0-9]*")):
            await asyncio.sleep(0.02)


def _cmdline(entry: Path) -> str:
    try:
        return (entry / "cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""


async def test_a_server_in_a_session_of_its_own_is_still_ours() -> None:
    """As a wrapper script starts it: not in our session, but our child's child."""
    process = await start_process(("sh", "-c", "setsid sh -c 'echo $$; exec sleep 60' & wait"), os.environ)
    batches = process.lines()
    pid = int((await anext(batches))[0])
    assert os.getsid(pid) == pid
    assert process.owns(pid)
    assert process.owns(process.pid)
    assert not process.owns(os.getpid())
    assert not process.owns(1)
    process.terminate()
    await process.wait()
    await batches.aclose()
    await until_gone([pid])


async def test_a_start_given_up_before_it_began_ends_quietly(caplog: pytest.LogCaptureFixture) -> None:
    starting = asyncio.create_task(start_process(("sleep", "60"), os.environ))
    await asyncio.sleep(0)  # the keeper runs, and has not told its pid yet
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not caplog.records
