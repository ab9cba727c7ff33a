"""Takes prompts, paths, host names and keys out of a run, so that it can be given away."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from rocmtui.core.events import Event, LogRead, Noticed, Requests, RunStarted, ServerChanged
from rocmtui.core.record import RequestRecord
from rocmtui.core.scenario import PromptPlan, Scenario
from rocmtui.core.server_state import Diagnosis, ServerStatus

REMOVED = "(removed)"
MAX_LOG_CHARS = 300
"""Longer log lines are dropped: only those that print prompts or templates are that long."""

_FOLDERS = re.compile(
    r"(?<![\w:/])(?!/(?:sys|proc|usr/(?:bin|lib(?:64)?)|opt/rocm)/)(?:~|\.{1,2})?/(?:[^\s'\",:;()\[\]<>/]+/)+"
)
_KEYS = re.compile(r"(?i)\b(?:sk|hf|ghp)[-_][\w-]{8,}|(?<=bearer )\S+|(?<=api[-_]key[= :])\s*\S+")
_NO_NAMES = frozenset(("root", "localhost"))
_DEBUG_LINE = re.compile(r"^\d+\.\d\d\.\d{3}\.\d{3} D ")


class Redactor:
    """Rewrites the parts of a run. `names` are words to take out wherever they stand: host and user names."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        words = sorted({n for n in names if len(n) > 2 and n not in _NO_NAMES}, key=len, reverse=True)
        pattern = "|".join(map(re.escape, words))
        self._names = re.compile(rf"(?<!\w)(?:{pattern})(?!\w)") if words else None

    def text(self, text: str) -> str:
        """A text without folders (the last part of a path stays), keys and the given names."""
        text = _KEYS.sub(REMOVED, _FOLDERS.sub("…/", text))
        return self._names.sub(REMOVED, text) if self._names else text

    def scenario(self, scenario: Scenario) -> Scenario:
        """A scenario that no longer tells its prompts or their files."""
        prompt = scenario.prompt
        kept = PromptPlan(
            text=REMOVED if prompt.text is not None else None,
            file=self._maybe(prompt.file),
            dataset=self._maybe(prompt.dataset),
            tokens=prompt.tokens,
            shared_prefix_tokens=prompt.shared_prefix_tokens,
            nonce=prompt.nonce,
            secret=True,
        )
        return msgspec.structs.replace(scenario, prompt=kept)

    def record(self, record: RequestRecord) -> RequestRecord:
        """A record whose error text is clean."""
        if record.error is None:
            return record
        error = msgspec.structs.replace(record.error, message=self.text(record.error.message))
        return msgspec.structs.replace(record, error=error)

    def event(self, event: Event) -> Event:
        """An event fit to be given away."""
        match event:
            case LogRead():
                kept = (li for li in event.lines if len(li) <= MAX_LOG_CHARS and not _DEBUG_LINE.match(li))
                return msgspec.structs.replace(event, lines=tuple(map(self.text, kept)))
            case ServerChanged():
                return msgspec.structs.replace(event, status=self._status(event.status))
            case Requests():
                return msgspec.structs.replace(event, records=tuple(map(self.record, event.records)))
            case Noticed():
                return msgspec.structs.replace(event, text=self.text(event.text))
            case RunStarted():
                return msgspec.structs.replace(event, label=self.text(event.label))
        return event

    def _status(self, status: ServerStatus) -> ServerStatus:
        plan = status.plan
        if plan is not None:
            plan = msgspec.structs.replace(
                plan,
                model=self.text(plan.model),
                server_bin=self._maybe(plan.server_bin),
                extra_args=tuple(map(self.text, plan.extra_args)),
            )
        facts = msgspec.structs.replace(
            status.facts,
            model=self._maybe(status.facts.model),
            model_path=self._maybe(status.facts.model_path),
        )
        return msgspec.structs.replace(
            status,
            plan=plan,
            facts=facts,
            url=self.url(status.url),
            command=tuple(map(self.text, status.command)),
            note=self._maybe(status.note),
            diagnosis=self._diagnosis(status.diagnosis),
        )

    def _diagnosis(self, diagnosis: Diagnosis | None) -> Diagnosis | None:
        if diagnosis is None:
            return None
        return msgspec.structs.replace(
            diagnosis,
            cause=self.text(diagnosis.cause),
            remedy=self.text(diagnosis.remedy),
            proof=tuple(map(self.text, diagnosis.proof)),
        )

    def _maybe(self, text: str | None) -> str | None:
        return None if text is None else self.text(text)

    def url(self, url: str | None) -> str | None:
        """The address of a server on this machine stays, any other goes."""
        if url is None or re.match(r"https?://(127\.|localhost|\[::1\])", url):
            return url
        return REMOVED
