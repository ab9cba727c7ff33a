"""A trace with a request a line: read through once, then line by line where a prompt is made of it."""

from __future__ import annotations

import math
import os
import random
import weakref
from array import array
from collections.abc import Sequence

import msgspec

from rocmtui.adapters.load.data_lines import lines_of
from rocmtui.core.load.traces.formats import line_format
from rocmtui.core.load.traces.session import SeenBlocks, TraceRequest, TraceSession, TraceTurn
from rocmtui.core.load.traces.survey import LeftOut, Survey
from rocmtui.core.load.workload import TracePlan
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import UsageError

MAX_LINE_BYTES = 256 * 1024 * 1024


class LineTrace:
    """A request a line; about forty bytes of memory each."""

    def __init__(self, plan: TracePlan, seed: int) -> None:
        """Reads and checks every line. Raises OSError, and UsageError with the number of a bad line."""
        self._name = clean_line(plan.file, 200)
        self._scale = plan.time_scale
        self._fd = os.open(plan.file, os.O_RDONLY)
        weakref.finalize(self, os.close, self._fd)
        lines = lines_of(plan.file, MAX_LINE_BYTES)
        head = next(lines, None)
        if head is None:
            raise UsageError(f"{self._name} is empty", "give a trace")
        self._format = line_format(head[1], head[2])
        self.block_tokens = self._format.block_tokens
        self.survey = Survey(self._format.name)
        self._starts, self._lengths, self._reusable = array("Q"), array("L"), array("L")
        self._zero_s = 0.0
        self._gather = _Gathering(plan, seed)
        if not self._format.has_header:
            self._take(*head)
        for at, line, where in lines:
            self._take(at, line, where)
        at_s = self.survey.at_s
        self._sessions = self._gather.sessions(at_s)
        self.survey.sessions = len(self._sessions)
        self.survey.timed = not any(math.isnan(at_s[group[0]]) for group in self._sessions)
        self._zero_s = min((at for at in at_s if not math.isnan(at)), default=0.0) / self._scale
        if not self._sessions:
            raise UsageError(f"{self._name} leaves nothing to send", "see `rocmtui trace info FILE`")

    def _take(self, at: int, line: bytes, where: str) -> None:
        request = self._format.read(line, where)
        if request is None:
            self.survey.failed += 1
            return
        if (left := self._gather.leave_out(request, self.survey)) is not None:
            left.requests += 1
            left.tokens += request.prompt_tokens
            return
        at_s = None if request.at_s is None else request.at_s * self._scale
        known = self._gather.take(request, self.block_tokens)
        self._starts.append(at)
        self._lengths.append(len(line))
        self._reusable.append(known)
        self.survey.knows_reuse = self.survey.knows_reuse or bool(request.blocks) or known > 0
        self.survey.take(at_s, request.prompt_tokens, request.output_tokens, known)

    def __len__(self) -> int:
        return len(self._sessions)

    def session(self, number: int) -> TraceSession:
        """One session, read now. Raises UsageError where the file was changed meanwhile."""
        turns = tuple(self._turn(index) for index in self._sessions[number])
        return TraceSession(key=turns[0].request.session or str(self._sessions[number][0]), turns=turns)

    def first_conversation(self, number: int) -> int:
        """Sessions hold no others."""
        return number

    def _turn(self, index: int) -> TraceTurn:
        line = os.pread(self._fd, self._lengths[index], self._starts[index])
        request = self._format.read(line, f"{self._name}, request {index + 1}")
        if request is None:
            raise UsageError(f"{self._name} was changed while it was read", "leave it alone")
        at_s = None if request.at_s is None else (request.at_s - self._zero_s) * self._scale
        think_s = None if request.think_s is None else request.think_s * self._scale
        timed = msgspec.structs.replace(request, at_s=at_s, think_s=think_s)
        return TraceTurn(request=timed, reusable_tokens=self._reusable[index])


class _Gathering:
    """Which requests belong together, which are left out, and what of them came before."""

    def __init__(self, plan: TracePlan, seed: int) -> None:
        self._plan = plan
        self._seed = seed
        self._seen = SeenBlocks()
        self._of_session: dict[str, array[int]] = {}
        self._held: dict[str, int] = {}
        """Longest prompt of each session so far."""
        self._alone = array("L")
        self._count = 0
        self._lines = 0

    def leave_out(self, request: TraceRequest, survey: Survey) -> LeftOut | None:
        """Where a request that is not sent is counted; None: it is sent."""
        self._lines += 1
        drawn = request.session if request.session is not None else str(self._lines)
        share = self._plan.sessions
        if share < 1.0 and random.Random(f"{self._seed}/session/{drawn}").random() >= share:
            return survey.not_drawn
        longest = self._plan.max_context
        return survey.too_long if longest is not None and request.context_tokens > longest else None

    def take(self, request: TraceRequest, block_tokens: int) -> int:
        """The next request that is sent; how many of its prompt's tokens came before."""
        known = min(self._seen.take(request.blocks) * block_tokens, request.prompt_tokens)
        if request.session is None:
            self._alone.append(self._count)
        else:
            self._of_session.setdefault(request.session, array("L")).append(self._count)
            if not request.blocks:
                held = self._held.get(request.session, 0)
                known = min(held, request.prompt_tokens)
                self._held[request.session] = max(held, request.prompt_tokens)
        self._count += 1
        return known

    def sessions(self, at_s: Sequence[float]) -> Sequence[Sequence[int]]:
        """Numbers of requests, by session, in the order in which sessions begin where all say when."""
        if not self._of_session:
            order = self._alone if any(map(math.isnan, at_s)) else sorted(self._alone, key=at_s.__getitem__)
            return _Singles(array("L", order))
        groups: list[Sequence[int]] = [*self._of_session.values(), *((index,) for index in self._alone)]
        timed = not any(math.isnan(at_s[group[0]]) for group in groups)
        return sorted(groups, key=lambda group: at_s[group[0]] if timed else group[0])


class _Singles(Sequence[Sequence[int]]):
    """Sessions of one request each."""

    def __init__(self, indexes: array[int]) -> None:
        self._indexes = indexes

    def __len__(self) -> int:
        return len(self._indexes)

    def __getitem__(self, number: int) -> Sequence[int]:  # type: ignore[override]
        return (self._indexes[number],)
