"""Traces with a request a line: Mooncake, Bailian and runs of our own in JSON, BurstGPT and Azure as CSV."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal, NoReturn, TypeVar

import msgspec

from rocmtui.core.load.traces.session import TraceRequest
from rocmtui.core.text.sanitize import clean_line
from rocmtui.core.text.untrusted_json import UNREADABLE, json_in
from rocmtui.errors import UsageError

FormatName = Literal["Mooncake", "Bailian", "BurstGPT", "Azure", "rocmtui", "Weka"]
ReadRequest = Callable[[bytes, str], TraceRequest | None]
"""A line, and the words for where it stands; None: nothing that was sent."""
MOST_TOKENS = 100_000_000
_Said = TypeVar("_Said")


class LineFormat(msgspec.Struct, frozen=True):
    """How the lines of a trace are read."""

    name: FormatName
    read: ReadRequest
    block_tokens: int = 0
    """Of each block; 0: there are none."""
    has_header: bool = False


class _Mooncake(msgspec.Struct):
    input_length: int
    output_length: int
    timestamp: float | None = None
    """Milliseconds."""
    hash_ids: tuple[int, ...] = ()
    session_id: str | int | None = None
    delay: float | None = None
    """Milliseconds."""


class _Bailian(msgspec.Struct):
    chat_id: int
    timestamp: float
    """Seconds."""
    input_length: int
    output_length: int
    parent_chat_id: int = -1
    hash_ids: tuple[int, ...] = ()


_mooncake = msgspec.json.Decoder(_Mooncake, strict=False).decode
_bailian = msgspec.json.Decoder(_Bailian, strict=False).decode
_COLUMNS: dict[FormatName, tuple[str, str, str]] = {
    "BurstGPT": ("Request tokens", "Response tokens", "Timestamp"),
    "Azure": ("ContextTokens", "GeneratedTokens", "TIMESTAMP"),
}
"""Of a CSV: lengths in and out, and when; seconds, or a date and time."""


def line_format(first: bytes, where: str) -> LineFormat:
    """The format of a trace by its first line. Raises UsageError for one that is none of them."""
    for name, (prompt, *_) in _COLUMNS.items():
        if prompt.encode() in first and b"," in first:
            return _csv(name, first, where)
    said = json_in(first)
    if not isinstance(said, dict) or "input_length" not in said:
        _refuse(f"{where} is no line of a trace")
    if "chat_id" in said:
        return LineFormat("Bailian", _BailianLines().read, _block_tokens(said, 16))
    blocks = _block_tokens(said, 512) if "hash_ids" in said else 0
    return LineFormat("Mooncake" if blocks else "rocmtui", _read_mooncake, blocks)


def _block_tokens(said: dict[str, object], usual: int) -> int:
    """Tokens of a block: the usual number, or the power of two that the first line's length needs."""
    length, blocks = said.get("input_length"), said.get("hash_ids")
    if not isinstance(length, int) or not isinstance(blocks, list) or not blocks:
        return usual
    sizes = (usual, *(1 << power for power in range(3, 13)))
    return next((size for size in sizes if -(-length // size) == len(blocks)), usual)


def _read_mooncake(line: bytes, where: str) -> TraceRequest | None:
    said = _decoded(_mooncake, line, where)
    request = TraceRequest(
        prompt_tokens=said.input_length,
        output_tokens=said.output_length,
        at_s=None if said.timestamp is None else said.timestamp / 1e3,
        think_s=None if said.delay is None else said.delay / 1e3,
        blocks=said.hash_ids,
        session=None if said.session_id is None else str(said.session_id),
    )
    return _answered(request, where)


class _BailianLines:
    """Chats and their parents: the root's number names the session."""

    def __init__(self) -> None:
        self._roots: dict[int, int] = {}

    def read(self, line: bytes, where: str) -> TraceRequest | None:
        """One line."""
        said = _decoded(_bailian, line, where)
        root = self._roots.get(said.parent_chat_id, said.parent_chat_id)
        root = said.chat_id if root < 0 else root
        request = TraceRequest(
            prompt_tokens=said.input_length,
            output_tokens=said.output_length,
            at_s=said.timestamp,
            blocks=said.hash_ids,
            session=str(root),
        )
        if root != said.chat_id and said.output_length:
            self._roots[said.chat_id] = root
        return _answered(request, where)


def _csv(name: FormatName, header: bytes, where: str) -> LineFormat:
    """A CSV with or without `Session ID`; failed requests have no tokens out."""
    names = [cell.strip() for cell in _cells(header)]
    missing = [column for column in _COLUMNS[name] if column not in names]
    if missing:
        _refuse(f"{where} has no column {missing[0]!r}")
    prompt, output, at = (names.index(column) for column in _COLUMNS[name])
    session = names.index("Session ID") if "Session ID" in names else None

    def read(line: bytes, where: str) -> TraceRequest | None:
        cells = _cells(line)
        try:
            request = TraceRequest(
                prompt_tokens=int(float(cells[prompt])),
                output_tokens=int(float(cells[output])),
                at_s=_seconds(cells[at]),
                session=cells[session].strip() or None if session is not None else None,
            )
        except (IndexError, ValueError, OverflowError):
            _refuse(f"{where}: {clean_line(line.decode(errors='replace'), 60)!r} is no line of this trace")
        return _answered(request, where)

    return LineFormat(name, read, has_header=True)


def _cells(line: bytes) -> list[str]:
    text = line.decode(errors="replace").rstrip("\r\n")
    return next(csv.reader((text,)), []) if '"' in text else text.split(",")


def _seconds(text: str) -> float:
    """A number of seconds, or a date and time (of UTC where it does not say). Raises ValueError."""
    if ":" not in text:
        seconds = float(text)
        if not math.isfinite(seconds):
            raise ValueError(text)
        return seconds
    moment = datetime.fromisoformat(text.strip())
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _decoded(decode: Callable[[bytes], _Said], line: bytes, where: str) -> _Said:
    try:
        return decode(line)
    except msgspec.ValidationError as error:
        _refuse(f"{where}: {clean_line(str(error))}")
    except UNREADABLE as error:
        _refuse(f"{where} is not JSON: {clean_line(str(error))}")


def _answered(request: TraceRequest, where: str) -> TraceRequest | None:
    """None for one with no tokens out: it failed when it was recorded."""
    prompt, output = request.prompt_tokens, request.output_tokens
    if not 0 <= output <= MOST_TOKENS or (output and not 1 <= prompt <= MOST_TOKENS):
        _refuse(f"{where}: {prompt} tokens in and {output} out is no request")
    return request if output else None


def _refuse(what: str) -> NoReturn:
    raise UsageError(
        what,
        "a trace is Mooncake's or Bailian's JSONL, BurstGPT's or Azure's CSV, Weka's conversations, or made "
        "by `rocmtui runs trace RUN`",
    )
