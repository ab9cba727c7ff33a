"""Traces with a request a line: Mooncake and Bailian in JSON, BurstGPT as CSV, and runs of our own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NoReturn, TypeVar

import msgspec

from rocmtui.core.load.traces.session import TraceRequest
from rocmtui.core.text.sanitize import clean_line
from rocmtui.core.text.untrusted_json import UNREADABLE
from rocmtui.errors import UsageError

FormatName = Literal["Mooncake", "Bailian", "BurstGPT", "rocmtui", "Weka"]
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
_HEADS = {"prompt": "Request tokens", "output": "Response tokens", "at": "Timestamp"}


def line_format(first: bytes, where: str) -> LineFormat:
    """The format of a trace by its first line. Raises UsageError for one that is none of them."""
    if b"Request tokens" in first and b"," in first:
        return _burst_gpt(first, where)
    try:
        said = msgspec.json.decode(first)
    except UNREADABLE:
        said = None
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


def _read_mooncake(line: bytes, where: str) -> TraceRequest:
    said = _decoded(_mooncake, line, where)
    _check(said.input_length, said.output_length, where)
    return TraceRequest(
        prompt_tokens=said.input_length,
        output_tokens=said.output_length,
        at_s=None if said.timestamp is None else said.timestamp / 1e3,
        think_s=None if said.delay is None else said.delay / 1e3,
        blocks=said.hash_ids,
        session=None if said.session_id is None else str(said.session_id),
    )


class _BailianLines:
    """Chats and their parents: the root's number names the session."""

    def __init__(self) -> None:
        self._roots: dict[int, int] = {}

    def read(self, line: bytes, where: str) -> TraceRequest:
        """One line."""
        said = _decoded(_bailian, line, where)
        _check(said.input_length, said.output_length, where)
        root = self._roots.get(said.parent_chat_id, said.parent_chat_id)
        root = said.chat_id if root < 0 else root
        if root != said.chat_id:
            self._roots[said.chat_id] = root
        return TraceRequest(
            prompt_tokens=said.input_length,
            output_tokens=said.output_length,
            at_s=said.timestamp,
            blocks=said.hash_ids,
            session=str(root),
        )


def _burst_gpt(header: bytes, where: str) -> LineFormat:
    """BurstGPT's CSV, with or without `Session ID`; failed requests have no response tokens."""
    names = [name.strip().strip('"') for name in header.decode(errors="replace").split(",")]
    missing = [name for name in _HEADS.values() if name not in names]
    if missing:
        _refuse(f"{where} has no column {missing[0]!r}")
    prompt, output, at = (names.index(name) for name in _HEADS.values())
    session = names.index("Session ID") if "Session ID" in names else None

    def read(line: bytes, where: str) -> TraceRequest | None:
        cells = line.decode(errors="replace").split(",")
        try:
            lengths = int(float(cells[prompt])), int(float(cells[output]))
            at_s = float(cells[at])
            said = cells[session].strip() if session is not None else ""
        except (IndexError, ValueError, OverflowError):
            _refuse(f"{where}: {clean_line(line.decode(errors='replace'), 60)!r} is no line of this trace")
        if lengths[1] == 0:
            return None
        _check(*lengths, where)
        return TraceRequest(
            prompt_tokens=lengths[0], output_tokens=lengths[1], at_s=at_s, session=said or None
        )

    return LineFormat("BurstGPT", read, has_header=True)


def _decoded(decode: Callable[[bytes], _Said], line: bytes, where: str) -> _Said:
    try:
        return decode(line)
    except msgspec.ValidationError as error:
        _refuse(f"{where}: {clean_line(str(error))}")
    except UNREADABLE as error:
        _refuse(f"{where} is not JSON: {clean_line(str(error))}")


def _check(prompt: int, output: int, where: str) -> None:
    if not 1 <= prompt <= MOST_TOKENS or not 1 <= output <= MOST_TOKENS:
        _refuse(f"{where}: {prompt} tokens in and {output} out is no request")


def _refuse(what: str) -> NoReturn:
    raise UsageError(
        what,
        "a trace is Mooncake's or Bailian's JSONL, BurstGPT's CSV, Weka's conversations, or made by "
        "`rocmtui runs trace RUN`",
    )
