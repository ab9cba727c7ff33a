"""Assembling the demo model, with a package of four small chunks in place of the real one."""

import hashlib
import os
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from rocmtui.adapters.models.demo_model import DEMO_MODEL_NAME, PACKAGE, demo_model_path
from rocmtui.errors import UsageError

CONTENT = b"GGUF" + bytes(range(200)) * 10


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    chunks = [tmp_path / f"chunk{n}" for n in range(4)]
    for n, chunk in enumerate(chunks):
        chunk.write_bytes(CONTENT[n * 501 : (n + 1) * 501])
    fake = SimpleNamespace(
        chunk_paths=lambda: chunks, EXPECTED_SHA256=hashlib.sha256(CONTENT).hexdigest(), chunks=chunks
    )
    monkeypatch.setitem(sys.modules, PACKAGE, fake)
    return fake


def cache() -> Path:
    return Path(os.environ["XDG_CACHE_HOME"]) / "rocmtui"


@pytest.mark.usefixtures("package")
def test_assembles_once_and_tells_progress() -> None:
    steps: list[tuple[int, int]] = []
    path = demo_model_path(lambda done, total: steps.append((done, total)))
    assert path == cache() / DEMO_MODEL_NAME
    assert path.read_bytes() == CONTENT
    assert steps == [(501, 2004), (1002, 2004), (1503, 2004), (2004, 2004)]
    steps.clear()
    assert demo_model_path(lambda done, total: steps.append((done, total))) == path
    assert steps == []


@pytest.mark.usefixtures("package")
def test_interrupted_leaves_nothing_and_can_be_done_again() -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        demo_model_path(interrupt)
    assert [path.suffix for path in cache().iterdir()] == [".lock"]
    assert demo_model_path().read_bytes() == CONTENT


@pytest.mark.usefixtures("package")
def test_a_rest_of_a_killed_process_is_overwritten() -> None:
    cache().mkdir()
    (cache() / DEMO_MODEL_NAME).with_suffix(".part").write_bytes(b"x" * 9000)
    assert demo_model_path().read_bytes() == CONTENT


@pytest.mark.usefixtures("package")
def test_a_file_of_the_wrong_size_is_replaced() -> None:
    cache().mkdir()
    (cache() / DEMO_MODEL_NAME).write_bytes(CONTENT[:-1])
    assert demo_model_path().read_bytes() == CONTENT


@pytest.mark.usefixtures("package")
def test_two_at_once_both_get_the_whole_file() -> None:
    inside, go_on = threading.Event(), threading.Event()

    def hold(done: int, total: int) -> None:
        inside.set()
        assert go_on.wait(10)

    def refuse(done: int, total: int) -> None:
        raise AssertionError("the second one assembles too")

    found: list[bytes] = []
    first = threading.Thread(target=lambda: found.append(demo_model_path(hold).read_bytes()))
    second = threading.Thread(target=lambda: found.append(demo_model_path(refuse).read_bytes()))
    first.start()
    assert inside.wait(10)
    second.start()
    go_on.set()
    first.join(10)
    second.join(10)
    assert found == [CONTENT, CONTENT]


def test_damaged_packages_are_named(package: SimpleNamespace) -> None:
    package.EXPECTED_SHA256 = "0" * 64
    with pytest.raises(UsageError, match="damaged") as caught:
        demo_model_path()
    assert "--force-reinstall" in (caught.value.remedy or "")
    assert not (cache() / DEMO_MODEL_NAME).exists()


def test_a_missing_chunk_is_named(package: SimpleNamespace) -> None:
    package.chunks[2].unlink()
    with pytest.raises(UsageError, match="lack chunk2"):
        demo_model_path()


def test_without_the_extra_the_pip_line_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, PACKAGE, None)
    with pytest.raises(UsageError, match="not installed") as caught:
        demo_model_path()
    assert caught.value.remedy == "pip install 'rocmtui[demo]'"


@pytest.mark.usefixtures("package")
def test_a_cache_that_cannot_be_written_is_said_and_the_temporary_folder_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    said: list[str] = []
    path = demo_model_path(notice=said.append)
    assert path.parent.parent == tmp_path
    assert path.read_bytes() == CONTENT
    assert len(said) == 1
    assert "/dev/null/rocmtui: Not a directory" in said[0]


@pytest.mark.usefixtures("package")
def test_no_room_anywhere_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    monkeypatch.setattr("tempfile.tempdir", "/dev/null")
    with pytest.raises(UsageError, match="no room") as caught:
        demo_model_path()
    assert "XDG_CACHE_HOME" in (caught.value.remedy or "")
