"""What runs of this machine reached of their limits, kept for the next forecast."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

from rocmtui.adapters.machine.files import data_folder, write_whole
from rocmtui.core.limits.forecast import PastShare

MOST = 500


class PastShares:
    """A small file; one that cannot be read or written is none."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or data_folder("shares.json")

    def read(self) -> tuple[PastShare, ...]:
        """Oldest first."""
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=tuple[PastShare, ...])
        except (OSError, msgspec.DecodeError):
            return ()

    def add(self, share: PastShare) -> None:
        """Keep one more."""
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._file, msgspec.json.encode((*self.read(), share)[-MOST:]))
