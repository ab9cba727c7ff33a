"""The entries of a data file, as bytes: the lines of a JSONL file, or the elements of a JSON array."""

from __future__ import annotations

import codecs
import os
import weakref
from array import array
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO

import msgspec

from rocmtui.adapters.machine.files import telling
from rocmtui.core.text.sanitize import clean_line
from rocmtui.core.text.untrusted_json import UNREADABLE
from rocmtui.errors import UsageError

MAX_LINE_BYTES = 64 * 1024 * 1024
MAX_ARRAY_BYTES = 1 << 30


class JsonLines:
    """The lines of a file that are not empty; eight bytes of memory each."""

    def __init__(self, path: str) -> None:
        """Raises OSError."""
        self._path = path
        self._starts = array("Q")
        self._fd = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._fd)

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, index: int) -> bytes:
        """One line, read now."""
        start, end = self._starts[index : index + 2]
        return os.pread(self._fd, end - start, start)

    def scan(self) -> Iterator[tuple[bytes, str]]:
        """Every line with its number. Raises UsageError for one that is too long."""
        end = 0
        for at, line, where in lines_of(self._path, MAX_LINE_BYTES):
            self._starts.append(at)
            end = at + len(line)
            yield line, where
        self._starts.append(end)


class JsonArray:
    """The elements of a JSON array; the file is held in memory."""

    def __init__(self, path: str) -> None:
        """Raises OSError and UsageError."""
        self._path = clean_line(path, 200)
        if Path(path).stat().st_size > MAX_ARRAY_BYTES:
            raise UsageError(
                f"{self._path} is a JSON array of more than {MAX_ARRAY_BYTES >> 30} GiB",
                "write an element a line (JSONL), which needs no memory",
            )
        try:
            self._elements = msgspec.json.decode(
                Path(path).read_bytes().removeprefix(codecs.BOM_UTF8), type=list[msgspec.Raw]
            )
        except UNREADABLE as error:
            raise UsageError(
                f"{self._path} is not JSON: {clean_line(str(error))}", "an array, or an object a line"
            ) from error

    def __len__(self) -> int:
        return len(self._elements)

    def __getitem__(self, index: int) -> bytes:
        return bytes(self._elements[index])

    def scan(self) -> Iterator[tuple[bytes, str]]:
        """Every element with its number."""
        for number, element in enumerate(self._elements, 1):
            yield bytes(element), f"{self._path}, element {number}"


def open_lines(path: str) -> JsonLines | JsonArray:
    """The entries of a file, by how it begins. Raises OSError and UsageError."""
    with Path(path).open("rb") as file:
        past_mark(file)
        return JsonArray(path) if file.read(64).lstrip().startswith(b"[") else JsonLines(path)


def lines_of(path: str, most_bytes: int) -> Iterator[tuple[int, bytes, str]]:
    """Lines that are not empty: where each begins, and the words for that place. Raises UsageError."""
    with Path(path).open("rb") as file:
        at = past_mark(file)
        for number, line in enumerate(iter(lambda: file.readline(most_bytes + 1), b""), 1):
            where = f"{clean_line(path, 200)}, line {number}"
            if len(line) > most_bytes:
                raise UsageError(f"{where} is longer than {most_bytes >> 20} MiB", "split it")
            if not line.isspace():
                yield at, line, where
            at += len(line)


def not_a_file(option: str, path: str) -> UsageError:
    """A pipe can be read only once, and for ever."""
    return UsageError(
        f"{option}: {clean_line(path)} is a pipe or a device", "save it in a file and give that"
    )


def readable(option: str, path: str) -> AbstractContextManager[None]:
    """Within it an OSError is a UsageError that names the option."""
    return telling(f"{option}: cannot read {clean_line(path)}", "give a readable file", UsageError)


def past_mark(file: BinaryIO) -> int:
    """Step over a byte order mark at the beginning of a file; where its text begins."""
    if file.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
        file.seek(0)
    return file.tell()
