"""A pipe to a load process whose clock seems to be another one: the lowest seam between two machines."""

from __future__ import annotations

import json
from typing import Any

from rocmtui.adapters.load.carrier import PipeCarrier

TOLD = frozenset(
    (
        *("at_ns", "scheduled_ns", "sent_ns", "headers_ns", "first_token_ns", "last_token_ns", "done_ns"),
        *("first_sent_ns", "last_done_ns", "window_start_ns", "window_end_ns", "start_ns"),
    )
)


class ShiftedCarrier:
    """Adds `ahead_ns` to every moment the process tells, and takes it from every moment it is told."""

    def __init__(self, pipe: PipeCarrier, ahead_ns: int) -> None:
        self._pipe = pipe
        self._ahead_ns = ahead_ns

    async def readline(self) -> bytes:
        line = await self._pipe.readline()
        return _shifted(line, self._ahead_ns) if line else line

    async def write(self, data: bytes) -> None:
        await self._pipe.write(_shifted(data, -self._ahead_ns))

    def close_input(self) -> None:
        self._pipe.close_input()

    def kill(self) -> None:
        self._pipe.kill()

    async def ending(self) -> str:
        return await self._pipe.ending()


def _shifted(line: bytes, by_ns: int) -> bytes:
    return json.dumps(_moved(json.loads(line), by_ns)).encode() + b"\n"


def _moved(value: Any, by_ns: int) -> Any:
    if isinstance(value, dict):
        return {
            key: item + by_ns if key in TOLD and isinstance(item, int) else _moved(item, by_ns)
            for key, item in value.items()
        }
    return [_moved(item, by_ns) for item in value] if isinstance(value, list) else value
