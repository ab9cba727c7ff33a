"""A data set on disk: read through once, then line by line where a prompt is needed."""

from __future__ import annotations

import os
import stat
import weakref
from array import array
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import overload

from rocmtui.core.load.prompts import no_prompts, parse_line
from rocmtui.core.load.scenario import Endpoint, Prompt
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import UsageError

MAX_LINE_BYTES = 64 * 1024 * 1024


class DatasetFile(Sequence[Prompt]):
    """The prompts of a JSONL file; eight bytes of memory a line, whatever the lines hold."""

    def __init__(self, path: str, endpoint: Endpoint) -> None:
        """Reads and checks every line. Raises OSError, and UsageError with the number of a bad line."""
        self._path = path
        self._endpoint = endpoint
        self._starts = array("Q")
        at = 0
        with Path(path).open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(MAX_LINE_BYTES + 1), b""), 1):
                if len(line) > MAX_LINE_BYTES:
                    too_long = f"{self._where(number)} is longer than {MAX_LINE_BYTES >> 20} MiB"
                    raise UsageError(too_long, "split it")
                if line.strip():
                    parse_line(line, self._where(number), endpoint)
                    self._starts.append(at)
                at += len(line)
        if not self._starts:
            raise no_prompts(path)
        self._starts.append(at)  # where the last one ends
        self._fd = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._fd)

    def __len__(self) -> int:
        return len(self._starts) - 1

    @overload
    def __getitem__(self, index: int) -> Prompt: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Prompt]: ...
    def __getitem__(self, index: int | slice) -> Prompt | Sequence[Prompt]:
        """One line, read now. Raises UsageError where the file was changed meanwhile."""
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        start, end = self._starts[index : index + 2]
        line = os.pread(self._fd, end - start, start)
        return parse_line(line, f"{clean_line(self._path, 200)}, entry {index + 1}", self._endpoint)

    def _where(self, number: int) -> str:
        return f"{clean_line(self._path, 200)}, line {number}"


def open_dataset(path: str, endpoint: Endpoint) -> DatasetFile:
    """The data set at a path, read through once as long as it does not change.

    Raises OSError and UsageError.
    """
    status = Path(path).stat()
    if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
        raise not_a_file("--dataset", path)
    return _opened(path, endpoint, status.st_mtime_ns, status.st_size)


def not_a_file(option: str, path: str) -> UsageError:
    """A pipe can be read only once, and for ever."""
    return UsageError(
        f"{option}: {clean_line(path)} is a pipe or a device", "save it in a file and give that"
    )


@lru_cache(maxsize=2)
def _opened(path: str, endpoint: Endpoint, _changed_ns: int, _size: int) -> DatasetFile:
    return DatasetFile(path, endpoint)
