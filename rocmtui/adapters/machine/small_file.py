"""Small kernel files, read without ever raising or blocking on what is found there."""

from __future__ import annotations

import errno
import os

import msgspec

LIMIT = 8192
_DENIED = frozenset({errno.EACCES})


class FileReader(msgspec.Struct):
    """Reads small files below one root; remembers which ones it may not read."""

    denied: set[str] = msgspec.field(default_factory=set)

    def read(self, path: str, limit: int = LIMIT) -> bytes | None:
        """Its first `limit` bytes; None where it is missing, asleep, unsupported or forbidden."""
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            if error.errno in _DENIED:
                self.denied.add(path)
            return None
        try:
            return os.read(handle, limit)
        except OSError:
            return None
        finally:
            os.close(handle)

    def text(self, path: str, limit: int = LIMIT) -> str:
        """The same as text; empty where nothing can be read."""
        return (self.read(path, limit) or b"").decode("utf-8", "replace")


def list_dir(path: str) -> list[str]:
    """Sorted names in a folder; none where it is missing or forbidden."""
    try:
        return sorted(entry.name for entry in os.scandir(path))
    except OSError:
        return []


def link_target(path: str) -> str | None:
    """Where a symbolic link points; None where it may not be read. Thousands are read in one scan."""
    try:
        return os.readlink(path)  # noqa: PTH115  (a Path each costs more than the call)
    except OSError:
        return None
