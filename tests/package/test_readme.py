"""Every command in the README works as it is written, and its generated blocks are up to date."""

from __future__ import annotations

import importlib.util
import os
import pty
import re
import select
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType

import pytest

from tests.conftest import keep_memory_speed
from tests.fakes.embedded_server import embedded_server
from tests.fakes.known_llama_server import write_known_server

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PATIENCE_S = 400
INTERACTIVE = ("replay", "demo")
ALLOWED_EXITS = {"selftest": (0, 1), "compare": (0, 2), "load": (0, 3)}
"""On a busy machine an instrument may be off and an SLO missed; two runs may be too small to be compared."""


def commands() -> list[list[str]]:
    blocks = re.findall(r"^```sh\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("rocmtui")]
    return [shlex.split(line)[1:] for line in lines]


def is_interactive(words: list[str]) -> bool:
    return not words or words[0].startswith("-") or words[0] in INTERACTIVE


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_readme", ROOT / "docs" / "make_readme.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_blocks_are_up_to_date() -> None:
    make = generator()
    for page, contents in make.blocks().items():
        text = page.read_text(encoding="utf-8")
        for name, content in contents.items():
            assert make.fill(text, name, content) == text, f"run docs/make_readme.py: {name} is old"


def test_the_pictures_are_there_and_small() -> None:
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", README)
    assert len(pictures) >= 2
    for picture in pictures:
        assert 0 < (ROOT / picture).stat().st_size < 1_500_000


def test_the_first_screenful_holds_the_one_command() -> None:
    first = "\n".join(README.splitlines()[:16])
    assert "docs/demo.gif" in first
    assert re.search(r"^python3 -m venv .*rocmtui demo$", first, re.MULTILINE)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Path:
    """A folder with model.gguf, in which all commands run one after the other."""
    folder = tmp_path_factory.mktemp("readme")
    shutil.copy(tiny_model, folder / "model.gguf")
    keep_memory_speed(folder / "data")
    return folder


@pytest.fixture(scope="module")
def server(tiny_model: Path) -> Iterator[str]:
    with embedded_server(tiny_model, slots=2, ctx=1024) as url:
        yield url


def environment(place: Path) -> dict[str, str]:
    xdg = {f"XDG_{kind}_HOME": str(place / kind.lower()) for kind in ("DATA", "CONFIG", "STATE")}
    path = f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    return {
        **os.environ,
        **xdg,
        "PYTHONPATH": path,
        "TERM": "xterm-256color",
        "LINES": "40",
        "COLUMNS": "120",
    }


@pytest.mark.llama
def test_every_command_works_in_the_order_of_the_readme(place: Path, server: str) -> None:
    ran = []
    for words in commands():
        here = [word.replace("http://127.0.0.1:8080", server) for word in words]
        if "-m" in here:  # a smaller model than the demo's: what is tried is the command
            here[here.index("-m") + 1] = "model.gguf"
        if words[:1] == ["sweep"]:  # of a steady server: what a busy one is worth is nothing to rely on
            here[here.index("--seconds") + 1] = "0.25"
            here += ["--server-bin", str(write_known_server(place / "steady", itl_ms=1.0, ttft_ms=5.0))]
        if is_interactive(here):
            look_and_quit(here, place)
        else:
            run(here, place)
        ran.append(words[0] if words else "")
    assert {
        "load",
        "bench",
        "sweep",
        "compare",
        "runs",
        "replay",
        "record",
        "doctor",
        "selftest",
        "verify",
    } <= set(ran)


def run(words: list[str], place: Path) -> None:
    # A machine that is busy with these very tests never comes to rest.
    words = [*words, "--settle", "0"] if words[0] == "bench" else words
    done = subprocess.run(
        [sys.executable, "-m", "rocmtui", *words],
        cwd=place,
        env=environment(place),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    allowed = ALLOWED_EXITS.get(words[0], (0,))
    assert done.returncode in allowed, f"{words} ended with {done.returncode}: {done.stdout}{done.stderr}"
    assert "Traceback" not in done.stderr


def look_and_quit(words: list[str], place: Path) -> None:
    """Open it in a terminal, see that it draws, and leave it by its keys."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "rocmtui", *words],
        cwd=place,
        env=environment(place),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    shown = b""
    started_s = time.monotonic()
    keys = [(12.0, b"q"), (8.0, b"q"), (6.0, b"q"), (4.0, b"\x03"), (2.0, b"\x03"), (1.0, b"q")]
    seen_s = None
    try:
        while process.poll() is None and time.monotonic() < started_s + PATIENCE_S:
            if select.select([master], [], [], 0.2)[0]:
                with suppress(OSError):
                    shown += os.read(master, 1 << 16)
            if seen_s is None and b"rocmtui" in shown:
                seen_s = time.monotonic()
            if keys and seen_s is not None and time.monotonic() > seen_s + keys[-1][0]:
                os.write(master, keys.pop()[1])
        assert process.returncode in (0, 130), f"{words}: {shown[-2000:]!r}"
        assert b"Traceback" not in shown
    finally:
        process.kill()
        process.wait()
        os.close(master)
