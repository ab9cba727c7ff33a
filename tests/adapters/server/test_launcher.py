"""A launch: what the server is started with, and what stops it before it begins."""

import asyncio
import os
import socket
from pathlib import Path

import pytest

from rocmtui.adapters.server.finder import kept_servers
from rocmtui.adapters.server.launcher import LlamaLauncher
from rocmtui.adapters.server.listen_port import free_port
from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.server.build import ServerBuild
from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.server.url import reachable
from rocmtui.errors import ServerStartError, UsageError
from tests.fakes.gguf_bytes import gguf_bytes
from tests.fakes.stubborn import stubborn
from tests.fakes.tiny_gguf import N_CTX_TRAIN

BIG = GpuReading(
    pci="0000:0a:00.0", name="AMD Radeon RX 7900 XTX", index=0, uuid="GPU-22", vram_total_bytes=24 << 30
)
IGPU = GpuReading(pci="0000:0f:00.0", name="AMD Radeon 780M", index=1, kind="apu", vram_total_bytes=1 << 29)


async def output(launcher: LlamaLauncher, plan: LaunchPlan) -> tuple[str, ...]:
    """What the server prints once it listens."""
    launched = await launcher.launch(plan)
    lines: list[str] = []
    async for batch in launched.process.lines():
        lines += batch
        if any(line.startswith("environment") for line in lines):
            launched.process.kill_group()
    await launched.process.wait()
    return tuple(lines)


def environment_of(lines: tuple[str, ...]) -> set[str]:
    return set(next(line for line in lines if line.startswith("environment")).split()[1:])


async def test_the_environment_is_cleaned_and_said(tmp_path: Path, tiny_model: Path) -> None:
    environ = os.environ | {
        "LLAMA_ARG_THREADS": "1",
        "LLAMA_API_KEY": "from the shell",
        "AIP_MODE": "x",
        "MY_KEY": "secret",
    }
    launcher = LlamaLauncher(environ=environ)
    plan = LaunchPlan(model=str(tiny_model), server_bin=stubborn(tmp_path), api_key_env="MY_KEY")
    launched = await launcher.launch(plan)
    assert launched.api_key == "secret"
    assert "secret" not in " ".join(launched.process.command)
    assert "not passed on from your shell: AIP_MODE, LLAMA_API_KEY, LLAMA_ARG_THREADS" in launched.notes
    async for batch in launched.process.lines():
        names = [line for line in batch if line.startswith("environment")]
        if names:
            present = environment_of(tuple(names))
            assert {"LLAMA_API_KEY", "GGML_NO_BACKTRACE"} <= present
            assert not {"LLAMA_ARG_CTX_SIZE", "AIP_MODE"} & present
            launched.process.kill_group()
    assert await launched.process.wait() == -9


async def test_the_integrated_gpu_is_hidden(tmp_path: Path, tiny_model: Path) -> None:
    plan = LaunchPlan(model=str(tiny_model), server_bin=stubborn(tmp_path))
    devices = "Available devices:\n  ROCm0: AMD Radeon RX 7900 XTX (24560 MiB, 24000 MiB free)"
    launcher = LlamaLauncher((BIG, IGPU), os.environ | {"STUBBORN_DEVICES": devices})
    assert "ROCR_VISIBLE_DEVICES" in environment_of(await output(launcher, plan))
    assert launcher.preview(plan).environment == ("ROCR_VISIBLE_DEVICES=GPU-22",)


async def test_what_speaks_against_a_start_is_asked_unless_the_user_chose_the_card(
    tmp_path: Path, tiny_model: Path
) -> None:
    plan = LaunchPlan(model=str(tiny_model), server_bin=stubborn(tmp_path))
    card = "ROCm0: AMD Radeon RX 7900 XTX (24560 MiB, 2 MiB free)"
    environ = os.environ | {"STUBBORN_DEVICES": f"Available devices:\n  {card}"}

    def full(_: LaunchPlan, build: ServerBuild) -> tuple[str, ...]:
        return (f"full by {build.backend}",)

    told = []
    for more in ({}, {"HIP_VISIBLE_DEVICES": "1"}):
        launched = await LlamaLauncher((BIG, IGPU), environ | more, doubts=full).launch(plan)
        launched.process.kill_group()
        await launched.process.wait()
        told.append(launched.doubts)
    assert told == [("full by ROCm",), ()]


async def test_a_missing_key_variable_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="NO_SUCH_KEY is not set"):
        await LlamaLauncher().launch(
            LaunchPlan(model="m.gguf", server_bin=stubborn(tmp_path), api_key_env="NO_SUCH_KEY")
        )


async def test_a_chosen_port_that_is_taken_fails_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ServerStartError, match=f"port {port}: Address already in use") as caught:
            await LlamaLauncher().launch(LaunchPlan(model="m", server_bin=stubborn(tmp_path), port=port))
    assert caught.value.code == "port_taken"


def test_hosts_that_are_none() -> None:
    with pytest.raises(ServerStartError, match=r"nothing can listen at 192\.0\.2\.1"):
        free_port("192.0.2.1")
    with pytest.raises(UsageError, match="is no address"):
        free_port("no such host")
    assert free_port("127.0.0.1") > 0
    assert [reachable(host) for host in ("0.0.0.0", "::1", "box")] == ["127.0.0.1", "[::1]", "box"]


def test_the_default_context_is_the_models_own_up_to_4096(tmp_path: Path) -> None:
    """Read anew when the file has changed, and no matter where the file is no model."""
    model = tmp_path / "model.gguf"

    def context_of(trained: int) -> str:
        keys = {"general.architecture": "llama", "llama.context_length": trained}
        model.write_bytes(gguf_bytes(keys, [], b"") + bytes(trained))
        return given_context()

    def given_context() -> str:
        plan = LaunchPlan(model=str(model), parallel=1, server_bin=stubborn(tmp_path))
        words = LlamaLauncher().preview(plan).words
        return words[words.index("-c") + 1]

    assert [context_of(trained) for trained in (512, 131_072, 4096)] == ["512", "4096", "4096"]
    model.write_bytes(b"GGUF")
    assert given_context() == "4096"
    model.unlink()
    assert given_context() == "4096"


async def test_what_is_wrong_with_a_binary_is_told_to_the_launch_screen(tmp_path: Path) -> None:
    good = await LlamaLauncher().binary(stubborn(tmp_path))
    assert (good.source, good.build, good.problem) == ("--server-bin", "b9999 (abc)", None)
    bad = await LlamaLauncher().binary("/nowhere/llama-server")
    assert bad.path is None
    assert bad.problem is not None
    assert "there is no llama-server" in bad.problem


async def test_a_released_server_is_found_again_until_it_ends(tmp_path: Path, tiny_model: Path) -> None:
    launcher = LlamaLauncher()
    plan = LaunchPlan(model=str(tiny_model), server_bin=stubborn(tmp_path), api_key_env=None)
    launched = await launcher.launch(plan)
    async for batch in launched.process.lines():
        if any("environment" in line for line in batch):
            break
    log_file = launcher.release(launched, "tiny")
    pid = launched.process.pid
    try:
        (kept,) = kept_servers()
        assert (kept.pid, kept.url, kept.model, kept.log_file) == (pid, launched.url, "tiny", log_file)
        found = launcher.find_process(launched.url)
        assert found is not None
        assert found.pid == pid
    finally:
        os.kill(pid, 9)
    async with asyncio.timeout(20):
        while list(kept_servers()):
            await asyncio.sleep(0.01)
    assert not Path(log_file).exists()


@pytest.mark.parametrize(
    ("ctx_per_slot", "extra_args", "said"),
    [(1 << 20, (), True), (64, (), False), (1 << 20, ("--rope-scaling", "yarn"), False)],
)
async def test_context_that_the_model_cannot_use_is_told(
    tmp_path: Path, tiny_model: Path, ctx_per_slot: int, extra_args: tuple[str, ...], said: bool
) -> None:
    plan = LaunchPlan(
        model=str(tiny_model),
        parallel=2,
        ctx_per_slot=ctx_per_slot,
        server_bin=stubborn(tmp_path),
        extra_args=extra_args,
    )
    launched = await LlamaLauncher().launch(plan)
    launched.process.kill_group()
    async for _ in launched.process.lines():
        pass
    await launched.process.wait()
    told = [note for note in launched.notes if "more only takes memory" in note]
    wanted = [
        f"the model knows {N_CTX_TRAIN} tokens of context a slot, more only takes memory: "
        f"-c {2 * N_CTX_TRAIN} is enough"
    ]
    assert told == (wanted if said else [])
