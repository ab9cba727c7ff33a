"""One line of llama-server's log, whichever of its formats and versions wrote it, and how bad it is."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from rocmtui.core.text.late_regex import LateRegex

LogLevel = Literal["debug", "info", "warning", "error"]

_PREFIX = LateRegex(
    r"^(?:\x1b\[[0-9;]*m)*\d+\.\d\d\.\d{3}\.\d{3}(?:\x1b\[[0-9;]*m)* (?:(?:\x1b\[[0-9;]*m)*([DIWE]) )?"
)
_LETTERS: dict[str, LogLevel] = {"D": "debug", "I": "info", "W": "warning", "E": "error"}
_LETTER = LateRegex(r"^(?:\d+\.\d+\.\d+\.\d+\s+)?([DIWE])\s")
"""Lines of builds that print `0.00.123.456 I srv ...`."""
_ERROR = LateRegex(
    r"\b(?:error|failed|fatal|abort(?:ed|ing)?|exception|out of memory|GGML_ASSERT)\b", re.IGNORECASE
)
_WARNING = LateRegex(r"\b(?:warn(?:ing)?|deprecated|unsupported|not supported)\b", re.IGNORECASE)
_CHATTER = LateRegex(
    r"(?:[DI] )?(?:slot +\S+:|que +\S+:|srv +(?:update_slots|log_server_r|operator|get_availabl|params_from_"
    r"|process_sing|prompt_save|server_strea|update|load|alloc|send|stream|remove|done|next):|res +\S+:"
    r"|reasoning-budget|\s*(?:repeat_last_n|dry_multiplier|top_k|mirostat) = )"
)
"""What the slots, the queue and the HTTP side say of a request under way."""
_LOOKED_AT = 300
"""Characters read of a line for its level: what it is about stands at its start."""


class MemoryRow(msgspec.Struct, frozen=True):
    """A row of the `fit_memory_breakdown` record, in MiB."""

    kind: str = ""
    name: str = ""
    model: float = 0
    context: float = 0
    compute: float = 0


class _Breakdown(msgspec.Struct, frozen=True):
    unit: str = "MiB"
    rows: tuple[MemoryRow, ...] = ()


class _Record(msgspec.Struct, frozen=True):
    type: str
    time: int = 0
    """Microseconds since the server started."""
    level: str = "info"
    msg: str = ""
    data: _Breakdown | None = None


class LogLine(msgspec.Struct, frozen=True):
    """What a line says, without time and level."""

    text: str
    shown: str
    """The whole line in the text format, as it is shown and kept."""
    level: LogLevel = "info"
    memory: tuple[MemoryRow, ...] | None = None
    """Set on a record of `--log-jsonl` that breaks memory down by device."""


def read_line(raw: str) -> LogLine:
    """A line of the text format (with or without its time stamp) or of `--log-jsonl`. Never fails."""
    if raw.startswith("{"):
        try:
            record = msgspec.json.decode(raw, type=_Record)
        except (msgspec.DecodeError, UnicodeEncodeError):
            return LogLine(raw, raw)
        if record.type == "log":
            text = record.msg.rstrip("\n")
            level = _LETTERS.get(record.level[:1].upper(), "info")
            return LogLine(text, f"{_time(record.time)} {level[0].upper()} {text}", level)
        rows = record.data.rows if record.data and record.data.unit == "MiB" else None
        return LogLine(raw, raw, memory=rows)
    found = _PREFIX.match(raw)
    if found is None:
        return LogLine(raw, raw)
    return LogLine(raw[found.end() :], raw, _LETTERS[found[1] or "I"])


def _time(microseconds: int) -> str:
    """As the text format writes it: `M.SS.mmm.uuu`."""
    seconds, below = divmod(max(microseconds, 0), 1_000_000)
    return f"{seconds // 60}.{seconds % 60:02}.{below // 1000:03}.{below % 1000:03}"


def level_of(shown: str) -> LogLevel:
    """Of a line as it is shown: by the letter the build prints, else by the words in it."""
    head = shown[:_LOOKED_AT]
    if prefixed := _LETTER.match(head):
        return _LETTERS[prefixed[1]]
    if _ERROR.search(head):
        return "error"
    return "warning" if _WARNING.search(head) else "info"


def is_chatter(shown: str) -> bool:
    """Whether a line is one of the dozen a healthy server writes for every single request."""
    found = _PREFIX.match(shown)
    text = shown[found.end() :] if found else shown
    return bool(_CHATTER.match(text)) and level_of(shown) in ("info", "debug")
