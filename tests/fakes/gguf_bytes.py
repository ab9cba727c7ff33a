"""GGUF files written byte by byte, so that a test can write what no honest writer would."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

Tensor = tuple[str, Sequence[int], int, int]
"""Name, dimensions, type, offset."""

U32, STRING, ARRAY, BOOL, FLOAT = 4, 8, 9, 7, 6


def gguf_bytes(
    metadata: Mapping[str, object], tensors: Sequence[Tensor] = (), data: bytes = b"", *, version: int = 3
) -> bytes:
    """A whole file; numbers are written as u32, tuples as arrays of what their first entry is."""
    out = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(metadata))
    out += b"".join(text(key) + value(item) for key, item in metadata.items())
    for name, dims, type_id, offset in tensors:
        out += text(name) + struct.pack(f"<I{len(dims)}QIQ", len(dims), *dims, type_id, offset)
    return out + bytes(-len(out) % 32) + data


def text(content: str) -> bytes:
    """A length and UTF-8."""
    raw = content.encode()
    return struct.pack("<Q", len(raw)) + raw


def value(item: object) -> bytes:
    """A type and its value."""
    kind = _kind(item)
    return struct.pack("<I", kind) + _bare(item)


def _kind(item: object) -> int:
    kinds = {bool: BOOL, int: U32, float: FLOAT, str: STRING, tuple: ARRAY}
    return kinds[type(item)]


def _bare(item: object) -> bytes:
    match item:
        case bool():
            return struct.pack("<?", item)
        case int():
            return struct.pack("<I", item)
        case float():
            return struct.pack("<f", item)
        case str():
            return text(item)
        case tuple():
            return struct.pack("<IQ", _kind(item[0]), len(item)) + b"".join(map(_bare, item))
    raise TypeError(item)
