"""A trace on disk, whatever its format."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from rocmtui.adapters.load.data_lines import not_a_file, readable
from rocmtui.adapters.load.line_trace import LineTrace
from rocmtui.adapters.load.weka_trace import WekaTrace
from rocmtui.core.load.traces.weka import looks_like_weka
from rocmtui.core.load.workload import TracePlan

_START = 4096


TraceFile = LineTrace | WekaTrace
"""The sessions of a trace that a plan sends."""


def open_trace(plan: TracePlan, seed: int) -> TraceFile:
    """The trace of a plan, read through once as long as the file does not change.

    Raises UsageError.
    """
    path = Path(plan.file)
    with readable("--trace", plan.file):
        status = path.stat()
        if not path.is_file() and not path.is_dir():
            raise not_a_file("--trace", plan.file)
        return _opened(plan, seed, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=2)
def _opened(plan: TracePlan, seed: int, _changed_ns: int, _size: int) -> TraceFile:
    path = Path(plan.file)
    if path.is_dir():
        return WekaTrace(plan, seed)
    with path.open("rb") as file:
        is_weka = looks_like_weka(file.read(_START))
    return WekaTrace(plan, seed) if is_weka else LineTrace(plan, seed)
