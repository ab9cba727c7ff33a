"""A trace on disk, whatever its format."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Protocol

from rocmtui.adapters.load.dataset_file import not_a_file
from rocmtui.adapters.load.line_trace import LineTrace
from rocmtui.adapters.load.weka_trace import WekaTrace
from rocmtui.core.load.traces.session import TraceSession
from rocmtui.core.load.traces.survey import Survey
from rocmtui.core.load.traces.weka import looks_like_weka
from rocmtui.core.load.workload import TracePlan
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import UsageError

_START = 4096


class TraceFile(Protocol):
    """The sessions of a trace that a plan sends."""

    survey: Survey
    block_tokens: int
    """Tokens of a block; 0 where there are none."""

    def __len__(self) -> int: ...
    def session(self, number: int) -> TraceSession: ...
    def first_conversation(self, number: int) -> int:
        """How many sessions, those within others included, come before this one."""


def open_trace(plan: TracePlan, seed: int) -> TraceFile:
    """The trace of a plan, read through once as long as the file does not change.

    Raises UsageError.
    """
    path = Path(plan.file)
    try:
        status = path.stat()
        if not path.is_file() and not path.is_dir():
            raise not_a_file("--trace", plan.file)
        return _opened(plan, seed, status.st_mtime_ns, status.st_size)
    except OSError as error:
        raise UsageError(
            f"--trace: cannot read {clean_line(plan.file)}: {error.strerror}", "give a readable file"
        ) from error


@lru_cache(maxsize=2)
def _opened(plan: TracePlan, seed: int, _changed_ns: int, _size: int) -> TraceFile:
    path = Path(plan.file)
    if path.is_dir():
        return WekaTrace(plan, seed)
    with path.open("rb") as file:
        is_weka = looks_like_weka(file.read(_START))
    return WekaTrace(plan, seed) if is_weka else LineTrace(plan, seed)
