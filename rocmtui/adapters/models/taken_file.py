"""Keeps what servers took of memory, in `taken.jsonl` of the data folder."""

from __future__ import annotations

from pathlib import Path

import msgspec

from rocmtui.adapters.machine.files import data_folder, write_whole
from rocmtui.core.gpu.memory.taken import Taken

FILE = "taken.jsonl"
MOST = 300
"""Starts kept; the oldest are forgotten."""
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Taken).decode


def read_taken(path: Path | None = None) -> tuple[Taken, ...]:
    """All that can be read; none where there is no file."""
    try:
        lines = (path or data_folder(FILE)).read_bytes().splitlines()
    except OSError:
        return ()
    return tuple(taken for line in lines[-MOST:] if (taken := _parsed(line)) is not None)


def keep_taken(taken: Taken, path: Path | None = None) -> None:
    """Keep one, in place of an earlier one of the same model, build and flags. Raises OSError."""
    path = path or data_folder(FILE)
    kept = [known for known in read_taken(path) if known.key != taken.key][-MOST + 1 :]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, b"".join(_encode(known) + b"\n" for known in (*kept, taken)))


def _parsed(line: bytes) -> Taken | None:
    try:
        return _decode(line)
    except msgspec.DecodeError:
        return None
