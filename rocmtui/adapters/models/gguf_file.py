"""Reads the header of a GGUF file from disk (about 25 ms for a vocabulary of 260,000)."""

from __future__ import annotations

import os
import stat
from functools import lru_cache
from pathlib import Path

from rocmtui.core.gguf.header import GgufError, GgufInfo
from rocmtui.core.gguf.parser import parse_gguf


def gguf_header(path: Path) -> GgufInfo:
    """The header of one file, remembered while the file is the same. Raises GgufError as `read_gguf` does."""
    try:
        found = path.stat()
    except FileNotFoundError as error:
        raise GgufError("points to a file that is gone", "download it again") from error
    except OSError as error:
        raise GgufError(f"cannot be opened: {error.strerror}") from error
    return _header_of(path, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=512)
def _header_of(path: Path, _size: int, _modified_ns: int) -> GgufInfo:
    return read_gguf(path)


def read_gguf(path: Path) -> GgufInfo:
    """The header of one file. Raises GgufError when it is damaged, no GGUF, or cannot be read.

    Reads with pread rather than mmap: a file that shrinks or a network disk that fails is then an error,
    where a mapping would end the process with SIGBUS.
    """
    try:
        # Without O_NONBLOCK, opening a named pipe would wait for a writer.
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise GgufError(f"cannot be opened: {error.strerror}") from error
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            raise GgufError("is no regular file")
        if found.st_size == 0:
            raise GgufError("is empty", "download it again")
        return parse_gguf(lambda offset, length: os.pread(fd, length, offset), found.st_size)
    except OSError as error:
        raise GgufError(f"cannot be read: {error.strerror}") from error
    finally:
        os.close(fd)
