"""llama-server is looked for in a fixed order, asked what it is, and refused in clear words."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from rocmtui.adapters.server.binary import ServerBinary, cannot_run, find_binary, inspect_binary, run_briefly
from rocmtui.core.gpu.reading import GpuReading
from rocmtui.errors import ServerStartError
from tests.fakes import stubborn_server
from tests.services.server.desk import until_gone


def program(path: Path, text: str = "#!/bin/sh\nexit 0\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_the_order_of_search(tmp_path: Path) -> None:
    given = program(tmp_path / "given" / "my-server")
    named = program(tmp_path / "named" / "llama-server")
    on_path = program(tmp_path / "bin" / "llama-server")
    environ = {"ROCM_LLAMA_SERVER_PATH": str(named), "PATH": str(on_path.parent)}
    assert find_binary(str(given), environ) == ServerBinary((str(given),), "--server-bin")
    assert find_binary(None, environ) == ServerBinary((str(named),), "ROCM_LLAMA_SERVER_PATH")
    del environ["ROCM_LLAMA_SERVER_PATH"]
    assert find_binary(None, environ) == ServerBinary((str(on_path),), "PATH")
    assert find_binary("llama-server", environ).words == (str(on_path),)
    assert find_binary(str(named.parent), environ).words == (str(named),)


def test_none_found_says_where_was_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ServerStartError, match="ROCM_LLAMA_SERVER_PATH or PATH") as caught:
        find_binary(None, {"PATH": "/nowhere"})
    assert "demo extra" in str(caught.value.remedy)


def test_the_embedded_one_comes_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: object())
    found = find_binary(None, {"PATH": "/nowhere"})
    assert (found.source, found.words[1:]) == ("embedded", ("-m", "rocmtui.embedded.llama.server"))


def test_the_embedded_one_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: object())
    assert find_binary("embedded", {"PATH": "/nowhere", "ROCM_LLAMA_SERVER_PATH": "/x"}).source == "embedded"
    assert find_binary(None, {"ROCM_LLAMA_SERVER_PATH": "embedded"}).source == "embedded"
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ServerStartError, match="the embedded llama-server is not installed"):
        find_binary("embedded", {})


@pytest.mark.parametrize(
    ("name", "mode", "words"),
    [
        ("absent", None, "there is no llama-server"),
        ("plain", 0o644, "not executable"),
        ("folder", "dir", "a folder without llama-server"),
    ],
)
def test_what_is_named_but_will_not_do(tmp_path: Path, name: str, mode: int | str | None, words: str) -> None:
    path = tmp_path / name
    if mode == "dir":
        path.mkdir()
    elif isinstance(mode, int):
        path.write_text("")
        path.chmod(mode)
    with pytest.raises(ServerStartError, match=words) as caught:
        find_binary(str(path), {})
    assert str(path) in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("this is a text file\n", "it is no program for this machine"),
        ("#!/nowhere/loader\n", "the interpreter or loader it names does not exist"),
        ("#!/bin/sh\nkill -ILL $$\n", "built for another CPU"),
        (
            '#!/bin/sh\necho "$0: error while loading shared libraries: libhipblas.so.2: cannot open '
            "shared object "
            'file: No such file or directory" >&2\nexit 127\n',
            "needs the library libhipblas.so.2",
        ),
    ],
)
async def test_a_program_that_cannot_run_here(tmp_path: Path, text: str, words: str) -> None:
    path = program(tmp_path / "llama-server", text)
    with pytest.raises(ServerStartError, match=words):
        await inspect_binary(ServerBinary((str(path),), "PATH"), os.environ, list_devices=False)


def test_why_it_did_not_start_is_said_also_where_the_system_gives_no_number() -> None:
    error = cannot_run(ServerBinary(("/s",), "PATH"), OSError("its keeper ended with 2"))
    assert str(error).startswith("/s (PATH) cannot be run: its keeper ended with 2")


async def test_a_build_is_asked_what_it_is() -> None:
    binary = ServerBinary((sys.executable, stubborn_server.__file__), "PATH")
    environment = os.environ | {
        "STUBBORN_DEVICES": "Available devices:\n  Vulkan0: AMD Radeon RX 6600 (8176 MiB, 8000 MiB free)"
    }
    build = await inspect_binary(binary, environment, list_devices=True)
    assert (build.version, build.backend, build.has("--device")) == ("b9999 (abc)", "Vulkan", True)


CRASHES_UNLESS_MASKED = """#!/bin/sh
case "$1" in --help) echo '--list-devices  list'; echo '--device D  device'; exit;; esac
[ -n "$ROCR_VISIBLE_DEVICES" ] || kill -SEGV $$
case "$1" in
--version) echo 'version: 7400 (abc1234)';;
--list-devices) printf 'Available devices:\\n  ROCm0: AMD Radeon RX 7900 XTX (24560 MiB, 24000 MiB free)\\n';;
esac
"""
CARD = GpuReading(
    pci="0000:03:00.0", name="AMD Radeon RX 7900 XTX", index=0, uuid="GPU-22", vram_total_bytes=24 << 30
)
APU = GpuReading(pci="0000:0f:00.0", name="AMD Radeon 780M", index=1, kind="apu", vram_total_bytes=1 << 29)


@pytest.mark.parametrize("wish", ["auto", "0"])
async def test_it_is_asked_as_it_would_be_started(tmp_path: Path, wish: str) -> None:
    """With the integrated GPU in sight it dies of any question."""
    binary = ServerBinary((str(program(tmp_path / "llama-server", CRASHES_UNLESS_MASKED)),), "PATH")
    build = await inspect_binary(binary, os.environ, list_devices=True, gpus=(CARD, APU), wish=wish)
    assert (build.backend, build.version, build.died_of) == ("ROCm", "b7400 (abc1234)", ())


async def test_a_question_it_does_not_survive_stays_open(tmp_path: Path) -> None:
    binary = ServerBinary((str(program(tmp_path / "llama-server", CRASHES_UNLESS_MASKED)),), "PATH")
    build = await inspect_binary(binary, os.environ, list_devices=True, gpus=(CARD, APU), wish="all")
    assert (build.version, build.devices, build.backend) == (None, None, None)
    assert build.died_of == ("--version (SIGSEGV)", "--list-devices (SIGSEGV)")


async def test_a_program_that_hangs_is_killed_in_time() -> None:
    with pytest.raises(TimeoutError):
        await run_briefly(("sh", "-c", "sleep 60 & wait"), os.environ, timeout_s=0.1)


async def test_a_program_that_hangs_does_not_outlive_us(tmp_path: Path) -> None:
    told = tmp_path / "pids"
    asked = ("sh", "-c", f"sleep 60 & echo $$ $! > {told}; wait")
    code = (
        "import asyncio, os; from rocmtui.adapters.server.binary import run_briefly; "
        f"asyncio.run(run_briefly({asked!r}, os.environ, 60))"
    )
    asker = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    async with asyncio.timeout(20):
        while not told.exists() or not told.read_text().endswith("\n"):
            await asyncio.sleep(0.02)
    asker.kill()
    await asker.wait()
    for pid in map(int, told.read_text().split()):
        await until_gone(pid, within_s=20)
