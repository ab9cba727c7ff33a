"""What a server says of the requests it has served: its log's timings, whoever asked."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from rocmtui.core.server.log.prompts import SlotPrompts
from rocmtui.core.text.late_regex import LateRegex

_HEAD = LateRegex(r"print_timing: id\s+(\d+) \| task (\d+) \|")
_TIMING = LateRegex(r"(prompt )?eval time =\s*(\d{1,12}(?:\.\d{1,4})?) ms /\s*(\d{1,9}) (?:tokens|runs)")
_MAX_OPEN = 64


class ServedRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One request that ran to its end, by the server's own clock."""

    at_ns: int
    """When its end was read."""
    slot: int
    task: int
    prompt_tokens: int | None = None
    """Length of the prompt, cached tokens included; None where the log does not tell it."""
    cached_tokens: int | None = None
    prefill_tokens: int = 0
    """Prompt tokens computed."""
    prefill_ms: float = 0.0
    """The server's part of the time to the first token."""
    output_tokens: int = 0
    decode_ms: float = 0.0
    """First to last token."""
    ours: bool = False
    """Sent by the load of this session."""


class ServedLog:
    """Reads the timings that llama-server prints at the end of each request; old and new builds."""

    def __init__(self, prompts: SlotPrompts) -> None:
        self._prompts = prompts
        self._task = (0, 0)
        self._prefills: dict[tuple[int, int], tuple[float, int]] = {}

    def read(self, lines: Iterable[str], at_ns: int) -> list[ServedRequest]:
        """The requests that ended with these lines."""
        return [served for line in lines if (served := self._take(line, at_ns)) is not None]

    def _take(self, line: str, at_ns: int) -> ServedRequest | None:
        if "eval time =" not in line and "print_timing" not in line:
            return None  # as most lines are
        if head := _HEAD.search(line):
            self._task = int(head[1]), int(head[2])
        timing = _TIMING.search(line)
        if timing is None:
            return None
        ms, tokens = float(timing[2]), int(timing[3])
        if timing[1]:
            self._prefills[self._task] = ms, tokens
            while len(self._prefills) > _MAX_OPEN:
                del self._prefills[next(iter(self._prefills))]
            return None
        if self._task not in self._prefills:
            return None
        prefill_ms, prefill_tokens = self._prefills.pop(self._task)
        total = self._prompts.total(*self._task)
        return ServedRequest(
            at_ns=at_ns,
            slot=self._task[0],
            task=self._task[1],
            prompt_tokens=total,
            cached_tokens=None if total is None else max(total - prefill_tokens, 0),
            prefill_tokens=prefill_tokens,
            prefill_ms=prefill_ms,
            output_tokens=tokens,
            decode_ms=ms,
        )
