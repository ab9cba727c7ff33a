"""Parses the header of a GGUF file that nobody vouches for.

Any bytes give a result or one GgufError, in bounded time and memory: strings of a tokenizer are walked over,
not kept. Format: docs/gguf.md of ggml.
"""

from __future__ import annotations

import itertools
import struct
from collections import Counter

import msgspec

from rocmtui.core.gguf.cursor import ByteCursor, ReadBytes
from rocmtui.core.gguf.header import GgufError, GgufInfo, LongValue, Scalar, TensorInfo, Value
from rocmtui.core.gguf.tensor_types import GGML_TYPES

MAGIC = b"GGUF"
MAX_KEYS = 8_192
MAX_TENSORS = 65_536
MAX_KEY_BYTES = 4_096
MAX_TENSOR_NAME_BYTES = 255
MAX_DIMENSIONS = 4
MAX_STRINGS = 8_000_000
"""Strings in all arrays of a file; the largest tokenizers have about 1 million."""
KEPT_VALUE_BYTES = 16_384
"""A longer string or array is counted, not kept."""
KEPT_BYTES = 8 << 20
"""Values of one file that are kept in all."""

STRING, ARRAY = 8, 9
SCALARS = {
    kind: struct.Struct(f"<{code}")
    for kind, code in zip((*range(8), *range(10, 13)), "BbHhIif?Qqd", strict=True)
}


def parse_gguf(read: ReadBytes, file_bytes: int) -> GgufInfo:
    """Read the header through `read(offset, length)`. Raises GgufError."""
    cursor = ByteCursor(read, file_bytes, GgufError)
    version = _version(cursor)
    tensor_count, key_count = cursor.u64(), cursor.u64()
    if key_count > MAX_KEYS or tensor_count > MAX_TENSORS:
        raise GgufError(f"claims {key_count} keys and {tensor_count} tensors: the header is damaged")
    metadata = _Metadata(cursor).read(key_count)
    unsized = [_tensor(cursor) for _ in range(tensor_count)]
    alignment = metadata.get("general.alignment", 32)
    if not isinstance(alignment, int) or alignment < 1 or alignment & (alignment - 1):
        raise GgufError(f"alignment {alignment!r} is no power of two: the header is damaged")
    data_offset = (cursor.position + alignment - 1) // alignment * alignment
    tensors = _sized(unsized, file_bytes - data_offset)
    (name, count), *_ = Counter(tensor.name for tensor in tensors).most_common(1) or [("", 0)]
    if count > 1:
        raise GgufError(f"has the tensor {name!r} twice: the header is damaged")
    return GgufInfo(
        version=version,
        metadata=metadata,
        tensors=tensors,
        data_offset=data_offset,
        file_bytes=file_bytes,
    )


def _version(cursor: ByteCursor) -> int:
    magic = cursor.take(4)
    if magic in (b"lmgg", b"fmgg", b"tjgg", b"algg"):
        raise GgufError("is in a format older than GGUF", "download it as GGUF")
    if magic != MAGIC:
        raise GgufError(f"is no GGUF file: it begins with {magic!r}")
    version = cursor.u32()
    if version & 0xFFFF == 0:
        raise GgufError("is a big-endian GGUF, which this machine cannot load")
    if version not in (2, 3):
        raise GgufError(f"is GGUF version {version}; llama.cpp reads versions 2 and 3")
    return version


class _Metadata:
    """Reads the key-value pairs within the limits for the whole file."""

    def __init__(self, cursor: ByteCursor) -> None:
        self._cursor = cursor
        self._strings_left = MAX_STRINGS
        self._bytes_left = KEPT_BYTES

    def read(self, count: int) -> dict[str, Value]:
        metadata: dict[str, Value] = {}
        for _ in range(count):
            key = self._cursor.string(MAX_KEY_BYTES, "a key")
            if key in metadata:
                raise GgufError(f"has the key {key[:80]!r} twice: the header is damaged")
            self._bytes_left -= len(key)
            metadata[key] = self._value(key, self._cursor.u32())
        return metadata

    def _value(self, key: str, kind: int) -> Value:
        if kind == STRING:
            return self._string()
        if kind == ARRAY:
            return self._array(key)
        packed = self._scalar_type(key, kind)
        scalar: Scalar = packed.unpack(self._cursor.take(packed.size))[0]
        return scalar

    def _string(self) -> Value:
        length = self._cursor.u64()
        data = self._kept(length)
        return LongValue(length) if data is None else data.decode("utf-8", "replace")

    def _array(self, key: str) -> Value:
        kind, count = self._cursor.u32(), self._cursor.u64()
        if kind == STRING:
            self._strings_left -= count
            if self._strings_left < 0:
                raise GgufError(f"claims {count} strings in {key[:80]!r}: the header is damaged")
            self._cursor.skip_strings(count)
            return LongValue(count)
        packed = self._scalar_type(key, kind)
        data = self._kept(count * packed.size)
        return LongValue(count) if data is None else tuple(item[0] for item in packed.iter_unpack(data))

    def _scalar_type(self, key: str, kind: int) -> struct.Struct:
        if kind not in SCALARS:
            raise GgufError(f"has a value of unknown type {kind} in {key[:80]!r}: the header is damaged")
        return SCALARS[kind]

    def _kept(self, length: int) -> bytes | None:
        """The next bytes; None where they are too many to be kept, and passed over."""
        if length > min(KEPT_VALUE_BYTES, self._bytes_left):
            self._cursor.skip(length)
            return None
        self._bytes_left -= length
        return self._cursor.take(length)


def _tensor(cursor: ByteCursor) -> TensorInfo:
    """One entry of the table of tensors; its size is told by its type or its neighbour."""
    name = cursor.string(MAX_TENSOR_NAME_BYTES, "a tensor's name")
    n_dims = cursor.u32()
    if n_dims > MAX_DIMENSIONS:
        raise GgufError(f"tensor {name!r} has {n_dims} dimensions: the header is damaged")
    dims = tuple(cursor.u64() for _ in range(n_dims))
    return TensorInfo(name, dims, cursor.u32(), cursor.u64(), 0)


def _sized(unsized: list[TensorInfo], data_bytes: int) -> tuple[TensorInfo, ...]:
    """A type we do not know (a newer quantization) takes the room up to the next tensor."""
    starts = sorted({tensor.offset for tensor in unsized} | {max(data_bytes, 0)})
    following = dict(itertools.pairwise(starts))
    tensors = []
    for tensor in unsized:
        size = _size_bytes(tensor)
        if size is None:
            size = following.get(tensor.offset, tensor.offset) - tensor.offset
        if tensor.offset + size > data_bytes:
            missing = tensor.offset + size - data_bytes
            raise GgufError(f"is cut off: tensor {tensor.name!r} lacks {missing} bytes", "download it again")
        tensors.append(msgspec.structs.replace(tensor, size_bytes=size))
    return tuple(tensors)


def _size_bytes(tensor: TensorInfo) -> int | None:
    packing = GGML_TYPES.get(tensor.type_id)
    if packing is None:
        return None
    first = tensor.dims[0] if tensor.dims else 1
    if first % packing.block:
        raise GgufError(f"tensor {tensor.name!r} is no whole number of {packing.name} blocks: it is damaged")
    return tensor.elements // packing.block * packing.block_bytes
