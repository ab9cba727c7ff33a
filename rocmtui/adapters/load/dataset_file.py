"""A data set on disk: read through once, then entry by entry where a prompt is needed."""

from __future__ import annotations

import math
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rocmtui.adapters.load.data_lines import not_a_file, open_lines
from rocmtui.core.load.by_number import ByNumber
from rocmtui.core.load.conversation import Conversation
from rocmtui.core.load.dataset.entry import Entry, read_entry
from rocmtui.core.load.dataset.joined import Joining, Times, conversation_of
from rocmtui.core.load.scenario import Endpoint, Prompt
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import UsageError


class DatasetFile(ByNumber[Prompt]):
    """The prompts of a file, an entry each, whatever belongs together; some bytes of memory an entry."""

    def __init__(self, path: str, endpoint: Endpoint, *, lenient: bool = False) -> None:
        """Reads and checks every entry. Raises OSError, and UsageError with the number of a bad one."""
        self._path = path
        self._endpoint = endpoint
        self._lenient = lenient
        self._lines = open_lines(path)
        joining = Joining()
        for line, where in self._lines.scan():
            joining.take(read_entry(line, where, endpoint, lenient=lenient))
        if not len(self._lines):
            raise UsageError(
                f"{clean_line(path, 200)} holds no prompt", 'write {"prompt": "..."} on each line'
            )
        self.left_out = tuple(joining.left_out)
        """Names of what was not understood; empty unless lenient."""
        self.conversations = _Conversations(self, joining.groups()) if joining.any_joined else None
        """The same as conversations; None where each entry stands alone."""
        self._at_ms = joining.at_ms
        self._groups = joining.groups

    @property
    def timed(self) -> bool:
        """Whether any of its entries says when it was."""
        return not all(map(math.isnan, self._at_ms))

    @property
    def rate(self) -> float | None:
        """Mean requests per second; None where not each of what stands together says when it begins."""
        if any(math.isnan(self._at_ms[group[0]]) for group in self._groups()):
            return None
        known = [at for at in self._at_ms if not math.isnan(at)]
        span_s = (max(known) - min(known)) / 1e3
        return max(len(self) - 1, 1) / span_s if span_s > 0 else 1.0

    def at_their_times(self, scale: float = 1.0) -> Sequence[Conversation]:
        """The same as conversations in the order in which they begin, due at their times by `scale`."""
        groups = sorted(self._groups(), key=lambda group: self._at_ms[group[0]])
        zero_ms = min(at for at in self._at_ms if not math.isnan(at))
        return _Conversations(self, groups, Times(zero_ms=zero_ms, scale=scale))

    def __len__(self) -> int:
        return len(self._lines)

    def make(self, index: int) -> Prompt:
        """One entry, read now. Raises UsageError where the file was changed meanwhile."""
        entry = self.entry(index)
        if entry.is_prompt and self._endpoint != "chat":
            text = entry.messages[0].content
            return Prompt(text=str(text), max_tokens=entry.max_tokens, extras=entry.extras)
        return Prompt(messages=entry.messages, max_tokens=entry.max_tokens, extras=entry.extras)

    def entry(self, index: int) -> Entry:
        """One entry, read now."""
        where = f"{clean_line(self._path, 200)}, entry {index + 1}"
        return read_entry(self._lines[index], where, self._endpoint, lenient=self._lenient)


@dataclass(eq=False)
class _Conversations(ByNumber[Conversation]):
    """The conversations of a data set, each read when it is needed."""

    _data: DatasetFile
    _groups: Sequence[Sequence[int]]
    _times: Times | None = None

    def __len__(self) -> int:
        return len(self._groups)

    def make(self, index: int) -> Conversation:
        """One conversation, read now."""
        return conversation_of(index, map(self._data.entry, self._groups[index]), self._times)


def open_dataset(path: str, endpoint: Endpoint, *, lenient: bool = False) -> DatasetFile:
    """The data set at a path, read through once as long as it does not change.

    Raises OSError and UsageError.
    """
    status = Path(path).stat()
    if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
        raise not_a_file("--dataset", path)
    return _opened(path, endpoint, lenient, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=2)
def _opened(path: str, endpoint: Endpoint, lenient: bool, _changed_ns: int, _size: int) -> DatasetFile:
    return DatasetFile(path, endpoint, lenient=lenient)
