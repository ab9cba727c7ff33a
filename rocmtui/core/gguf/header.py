"""What the header of a GGUF file says: its metadata and the shapes of its tensors."""

from __future__ import annotations

import math

import msgspec

from rocmtui.errors import UsageError


class GgufError(UsageError):
    """The file is no GGUF, is damaged, or is cut off."""


class LongValue(msgspec.Struct, frozen=True):
    """A value that was not kept; `count` is the length of the array or string."""

    count: int


Scalar = int | float | bool
Value = Scalar | str | tuple[Scalar, ...] | LongValue


class TensorInfo(msgspec.Struct, frozen=True):
    """One tensor: `offset` counts from the start of the data, `size_bytes` has no padding in it."""

    name: str
    dims: tuple[int, ...]
    type_id: int
    offset: int
    size_bytes: int

    @property
    def elements(self) -> int:
        """How many weights it holds."""
        return math.prod(self.dims)


class GgufInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A whole header. Text in it is untrusted."""

    version: int
    metadata: dict[str, Value]
    tensors: tuple[TensorInfo, ...]
    data_offset: int
    file_bytes: int

    def text(self, key: str) -> str | None:
        """A string of the metadata; None where it is absent, too long or something else."""
        value = self.metadata.get(key)
        return value if isinstance(value, str) else None

    def integer(self, key: str) -> int | None:
        """A whole number >= 0 of the metadata."""
        value = self.metadata.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None

    def integers(self, key: str) -> tuple[int, ...] | None:
        """An array of whole numbers or booleans of the metadata."""
        value = self.metadata.get(key)
        if not isinstance(value, tuple) or not all(isinstance(item, int) for item in value):
            return None
        return tuple(int(item) for item in value)

    @property
    def architecture(self) -> str:
        """As llama.cpp names it; empty where the file does not say."""
        return self.text("general.architecture") or ""

    def number(self, key: str) -> int:
        """A whole number among the architecture's own keys; 0 where the file does not say."""
        return self.integer(f"{self.architecture}.{key}") or 0

    def numbers(self, key: str) -> tuple[int, ...]:
        """An array of them, or a single one as an array of one."""
        full_key = f"{self.architecture}.{key}"
        single = self.integer(full_key)
        return (single,) if single is not None else self.integers(full_key) or ()

    def length(self, key: str) -> int | None:
        """How many entries an array of the metadata has, kept or not."""
        value = self.metadata.get(key)
        if isinstance(value, LongValue):
            return value.count
        return len(value) if isinstance(value, tuple) else None
