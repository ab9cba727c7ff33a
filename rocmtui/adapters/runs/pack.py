"""One file that holds a run: a compressed tar with fixed names and no dates, the same bytes each time."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from rocmtui.adapters.runs.folder import report_files
from rocmtui.adapters.runs.privacy import redactor_of
from rocmtui.adapters.runs.reader import EVENTS, FILES, REQUESTS, SCENARIO, RunData, read_run
from rocmtui.core.runs.thinning import Thinner
from rocmtui.core.session.events import LogRead, encode
from rocmtui.errors import RunFolderError

SUFFIX = ".rocmrun"
MAX_FILE_BYTES = 1 << 30
MAX_RUN_BYTES = 2 << 30
READ_BYTES = 4096


def pack_run(run_dir: Path, out: Path, *, redact: bool = False) -> int:
    """Pack a run folder into `out` (written whole or not at all); returns its size in bytes.

    With `redact`, prompts, paths, host names and keys are taken out and server.log is left out.
    Raises RunFolderError when the run cannot be read or `out` cannot be written.
    """
    run = read_run(run_dir)
    kept = (run_dir / name for name in FILES)
    contents = (
        _redacted(run) if redact else ((file.name, file.read_bytes()) for file in kept if file.is_file())
    )
    draft = out.with_name(f".{out.name}.part")
    try:
        with (
            draft.open("wb") as raw,
            gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar,
        ):
            for name, data in contents:
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))
        draft.replace(out)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise RunFolderError(f"cannot write {out}: {error.strerror}", "give another file with -o") from error
    return out.stat().st_size


@contextmanager
def open_run(path: Path) -> Iterator[RunData]:
    """A run from its folder or its packed file; a packed one is laid out in a temporary folder meanwhile.

    Raises RunFolderError with one clear line for anything that is no run.
    """
    if path.is_dir() or not path.exists():
        yield read_run(path)
        return
    with tempfile.TemporaryDirectory(prefix="rocmtui-run-") as folder:
        _unpack(path, Path(folder))
        yield read_run(Path(folder))


def _unpack(path: Path, folder: Path) -> None:
    problem: Exception | str = "it holds no run"
    try:
        with gzip.open(path) as packed:
            _unpack_entries(path, packed, folder)
    except (tarfile.HeaderError, EOFError, zlib.error, OSError) as error:
        problem = error
    if not any(folder.iterdir()):
        raise RunFolderError(
            f"{path} is no packed run: {problem}", "give a run folder or a file of `rocmtui runs pack`"
        )


def _unpack_entries(path: Path, packed: gzip.GzipFile, folder: Path) -> None:
    """Lay out the plain files of our names; all else is passed over, a block at a time.

    TarFile would follow links and long headers wherever a hostile pack leads it.
    """
    total = 0
    while (header := packed.read(tarfile.BLOCKSIZE)) != tarfile.NUL * tarfile.BLOCKSIZE:
        entry = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
        size = max(entry.size, 0)
        total += tarfile.BLOCKSIZE + size
        if size > MAX_FILE_BYTES or total > MAX_RUN_BYTES:
            raise RunFolderError(f"{path} unpacks to more than {MAX_RUN_BYTES >> 30} GiB")
        wanted = entry.name in FILES and entry.type in (tarfile.REGTYPE, tarfile.AREGTYPE)
        with (folder / entry.name if wanted else Path(os.devnull)).open("wb") as target:
            _copy(packed, target, size)
        packed.read(-size % tarfile.BLOCKSIZE)


def _copy(source: gzip.GzipFile, target: IO[bytes], size: int) -> None:
    """Copy what can be read; the start of a file cut off is kept, but for its last few kilobytes.

    A read that meets the end of a cut pack fails as a whole, so they are small.
    """
    left = size
    while left > 0:
        chunk = source.read(min(READ_BYTES, left))
        if not chunk:
            raise EOFError("it was cut off")
        target.write(chunk)
        left -= len(chunk)


def _redacted(run: RunData) -> Iterator[tuple[str, bytes]]:
    redactor = redactor_of(run)
    if run.scenario is not None:
        yield SCENARIO, encode(redactor.scenario(run.scenario)) + b"\n"
    thinner = Thinner()
    events = map(redactor.event, run.events_only())
    # The log is thinned already: what is left of it is whole.
    stored = (event if isinstance(event, LogRead) else thinner.take(event) for event in events)
    yield EVENTS, b"".join(encode(event) + b"\n" for event in stored if event is not None)
    yield REQUESTS, b"".join(encode(redactor.record(record)) + b"\n" for record in run.records())
    if run.report is not None:
        yield from report_files(redactor.report(run.report)).items()
