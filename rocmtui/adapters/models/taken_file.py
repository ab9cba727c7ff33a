"""Keeps what servers took of memory, in `taken.jsonl` of the data folder."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from platformdirs import user_data_path

from rocmtui.core.gpu.memory.taken import Taken

MOST = 300
"""Starts kept; the oldest are forgotten."""
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Taken).decode


def default_path() -> Path:
    """Where they are kept."""
    return user_data_path("rocmtui") / "taken.jsonl"


def read_taken(path: Path | None = None) -> tuple[Taken, ...]:
    """All that can be read; none where there is no file."""
    try:
        lines = (path or default_path()).read_bytes().splitlines()
    except OSError:
        return ()
    return tuple(taken for line in lines[-MOST:] if (taken := _parsed(line)) is not None)


def keep_taken(taken: Taken, path: Path | None = None) -> None:
    """Keep one, in place of an earlier one of the same model, build and flags. Raises OSError."""
    path = path or default_path()
    kept = [known for known in read_taken(path) if known.key != taken.key][-MOST + 1 :]
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.write_bytes(b"".join(_encode(known) + b"\n" for known in (*kept, taken)))
    unfinished.replace(path)


def _parsed(line: bytes) -> Taken | None:
    try:
        return _decode(line)
    except msgspec.DecodeError:
        return None
