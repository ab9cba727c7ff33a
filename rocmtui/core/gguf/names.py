"""What the name of a GGUF file tells: which part of a split model it is, or that it is no model at all."""

from __future__ import annotations

import re
from typing import NamedTuple

from rocmtui.core.text.late_regex import LateRegex

SPLIT = LateRegex(r"^(.+)-([0-9]{5})-of-([0-9]{5})\.gguf$", re.IGNORECASE)
"""llama.cpp's own pattern."""
NO_MODEL_WORDS = ("mmproj", "imatrix")
DRAFT_PREFIXES = ("mtp-", "eagle3-", "dflash-", "dspark-")
PROJECTOR_ORDER = ("f16", "bf16", "q8_0")


class SplitPart(NamedTuple):
    """`stem-00001-of-00003.gguf`."""

    stem: str
    number: int
    parts: int

    def file_name(self, number: int) -> str:
        """The file of any part of the same model."""
        return f"{self.stem}-{number:05d}-of-{self.parts:05d}.gguf"

    def siblings(self) -> list[str]:
        """The files of all parts after the first."""
        return [self.file_name(number) for number in range(2, self.parts + 1)]


def split_part(file_name: str) -> SplitPart | None:
    """Which part the file is; None for a whole model."""
    found = SPLIT.match(file_name)
    return SplitPart(found[1], int(found[2]), int(found[3])) if found else None


def is_gguf_name(file_name: str) -> bool:
    """Whether a finished download of a GGUF would be called so."""
    return file_name.lower().endswith(".gguf")


def is_model_name(file_name: str) -> bool:
    """Whether it may be a model: a GGUF that is no projector, importance matrix or draft head."""
    lower = file_name.lower()
    helper = any(word in lower for word in NO_MODEL_WORDS) or lower.startswith(DRAFT_PREFIXES)
    return is_gguf_name(lower) and not helper


def model_name(file_name: str) -> str:
    """The name to show: without ending and part number."""
    part = split_part(file_name)
    return part.stem if part else file_name[: -len(".gguf")] if is_gguf_name(file_name) else file_name


def best_projector(file_names: list[str]) -> str | None:
    """Of several image parts the one of half precision; any other where there is none."""
    projectors = sorted(name for name in file_names if is_gguf_name(name) and "mmproj" in name.lower())
    for precision in PROJECTOR_ORDER:
        for name in projectors:
            if precision in re.split(r"[-.]", name.lower()):
                return name
    return projectors[0] if projectors else None
