"""One figure from two sources: AMD's library and the kernel's file. Where they differ the file wins."""

from __future__ import annotations

from typing import Literal

TOLERANCE_BYTES = 64 << 20
"""The two are read a moment apart, so a little difference is none."""

Choice = Literal["library", "sysfs", "differ"]


def choose(library: int | None, sysfs: int | None, total: int | None) -> tuple[int | None, Choice]:
    """The value to believe and whose it is; `differ`: the file's, since the library says otherwise.

    The library says -1 for an error and 0, with success, for a file it found empty.
    """
    if library is None or library <= 0 or (total is not None and library > total):
        return sysfs, "sysfs"
    if sysfs is None:
        return library, "library"
    if abs(library - sysfs) > TOLERANCE_BYTES:
        return sysfs, "differ"
    return library, "library"
