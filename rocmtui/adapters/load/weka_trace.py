"""Weka's conversations: a file, the lines of one, or the files of a folder; held in memory."""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterator
from pathlib import Path

import msgspec

from rocmtui.adapters.load.data_lines import lines_of
from rocmtui.adapters.load.line_trace import MAX_LINE_BYTES
from rocmtui.core.load.traces.session import TraceSession, TraceTurn
from rocmtui.core.load.traces.survey import LeftOut, Survey
from rocmtui.core.load.traces.weka import read_weka
from rocmtui.core.load.workload import TracePlan
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import UsageError


class WekaTrace:
    """A conversation an object: a file, the lines of one, or the files of a folder."""

    def __init__(self, plan: TracePlan, seed: int) -> None:
        """Reads and checks every conversation. Raises OSError, and UsageError for a bad one."""
        self.survey = Survey("Weka")
        self.survey.knows_reuse = True
        self.block_tokens = 64
        self._plan = plan
        self._sessions: list[TraceSession] = []
        self._firsts = array("L")
        for data, where in _objects(Path(plan.file)):
            session, self.block_tokens = read_weka(data, where)
            if plan.sessions < 1.0 and random.Random(f"{seed}/session/{where}").random() >= plan.sessions:
                _count_all(session, self.survey.not_drawn)
                continue
            kept = self._kept(session)
            if kept is not None:
                self._firsts.append(self.survey.sessions)
                self.survey.sessions += kept.count
                self._sessions.append(kept)
        if not self._sessions:
            name = clean_line(plan.file, 200)
            raise UsageError(f"{name} leaves nothing to send", "see `rocmtui trace info FILE`")

    def __len__(self) -> int:
        return len(self._sessions)

    def session(self, number: int) -> TraceSession:
        """One conversation, its sub-agents in it."""
        return self._sessions[number]

    def first_conversation(self, number: int) -> int:
        """Conversations and sub-agents before this one."""
        return self._firsts[number]

    def _kept(self, session: TraceSession) -> TraceSession | None:
        """What of it is sent, at the plan's speed; None: nothing."""
        turns: list[TraceTurn] = []
        for turn in session.turns:
            request = turn.request
            if self._plan.max_context is not None and request.context_tokens > self._plan.max_context:
                self.survey.too_long.requests += 1
                self.survey.too_long.tokens += request.prompt_tokens
                continue
            self.survey.take(None, request.prompt_tokens, request.output_tokens, turn.reusable_tokens)
            think_s = (request.think_s or 0.0) * self._plan.time_scale
            scaled = msgspec.structs.replace(request, think_s=think_s)
            children = tuple(kept for child in turn.children if (kept := self._kept(child)) is not None)
            turns.append(msgspec.structs.replace(turn, request=scaled, children=children))
        return msgspec.structs.replace(session, turns=tuple(turns)) if turns else None


def _count_all(session: TraceSession, left: LeftOut) -> None:
    for turn in session.turns:
        left.requests += 1
        left.tokens += turn.request.prompt_tokens
        for child in turn.children:
            _count_all(child, left)


def _objects(path: Path) -> Iterator[tuple[bytes, str]]:
    if path.is_dir():
        for file in sorted(path.glob("*.json")):
            yield file.read_bytes(), clean_line(str(file), 200)
    elif _is_one_object(path):
        yield path.read_bytes(), clean_line(str(path), 200)
    else:
        yield from ((line, where) for _, line, where in lines_of(str(path), MAX_LINE_BYTES))


def _is_one_object(path: Path) -> bool:
    """Whether a file is one object over many lines rather than one a line."""
    with path.open("rb") as file:
        first = file.readline(MAX_LINE_BYTES + 1)
        return not first.rstrip().endswith(b"}") or not file.readline(2).strip()
