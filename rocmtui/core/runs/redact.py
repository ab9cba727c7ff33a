"""Takes prompts, paths, host names and keys out of a run, so that it can be given away."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar, cast

import msgspec
from msgspec.structs import replace

from rocmtui.core.gpu.reading import GpuSample, GpuSummary
from rocmtui.core.load.far.engine import LOCAL_CLUSTER, DaskEngine, Engine, SshEngine
from rocmtui.core.load.said import Hello, LoadFailed, LoadFinished, Requests
from rocmtui.core.load.scenario import PromptPlan, Scenario
from rocmtui.core.report.document import Report
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.server.found import hide_keys
from rocmtui.core.server.state import LaunchPlan, ServerStatus
from rocmtui.core.server.url import ANYWHERE, host_of, is_this_machine
from rocmtui.core.session.events import Event, GpuRead, HostRead, LogRead, Noticed, RunStarted, ServerChanged

REMOVED = "(removed)"
MAX_LOG_CHARS = 300
"""Longer log lines are dropped: only those that print prompts or templates are that long."""

_START = r"(?:file://|(?<![\w/]))"
_PART = r"[^\s'\",:;()\[\]<>/]+"
_HOME = re.compile(rf"{_START}/(?:home|Users)/{_PART}")
_FOLDERS = re.compile(
    rf"{_START}(?!/(?:sys|proc|usr/(?:bin|lib(?:64)?)|opt/rocm)/)(?:~[\w.-]*|\.{{1,2}}|…)?/(?:{_PART}/)+"
)
_KEYS = re.compile(r"(?i)\b(?:sk|hf|ghp)[-_][\w-]{8,}")
_NAMED_KEYS = re.compile(
    r"(?i)((?:\bbearer|api[-_]?key|-hft|hf[-_]token)['\"]?(?:\s*[=:]\s*|\s+)['\"]?)[^\s'\",;]+"
)
_HOSTS = re.compile(rf"(?i)\b(https?://)(?:[^\s/@'\"]*@)?(\[[\w:.%]*\]|{_PART})(:\d+)?")
_NO_SECRETS = ("github.com", *ANYWHERE)
_NO_NAMES = frozenset(("root", "localhost"))
T = TypeVar("T")
_DEBUG_LINE = re.compile(r"^\d+\.\d\d\.\d{3}\.\d{3} D ")


class Redactor:
    """Rewrites the parts of a run.

    `names` (of hosts and users) and `folders` are taken out wherever they stand; folders need to be given
    only where they cannot be told from other words, as those with blanks.
    """

    def __init__(self, names: Iterable[str] = (), folders: Iterable[str] = ()) -> None:
        words = _any_of(name for name in names if len(name) > 2 and name not in _NO_NAMES)
        places = _any_of(folders)
        self._names = re.compile(rf"(?i)(?<!\w)(?:{words})(?!\w)") if words else None
        self._folders = re.compile(rf"(?<![\w/])(?:{places})/") if places else None

    def text(self, text: str) -> str:
        """A text without folders (the last part of a path stays), keys, hosts and the given names."""
        if self._folders:
            text = self._folders.sub("…/", text)
        text = _HOSTS.sub(_without_host, text)
        text = _FOLDERS.sub("…/", _HOME.sub("~", text))
        text = _NAMED_KEYS.sub(rf"\1{REMOVED}", _KEYS.sub(REMOVED, text))
        return self._names.sub(REMOVED, text) if self._names else text

    def path(self, path: str) -> str:
        """Of a text that is a path as a whole, the last part."""
        folder, _, name = _HOME.sub("~", path).rstrip("/").rpartition("/")
        return self.text(f"…/{name}" if folder else name)

    def command(self, words: Iterable[str]) -> tuple[str, ...]:
        """A command line without folders and keys."""
        return tuple(
            self.path(word) if is_path(word) else self.text(word) for word in hide_keys(tuple(words))
        )

    def everything(self, value: T) -> T:
        """Any struct or container with each of its texts cleaned."""
        return cast(T, self._cleaned(value))

    def _cleaned(self, value: object) -> object:
        if type(value) is str:  # no member of an enumeration
            return self.text(value)
        if isinstance(value, Scenario):
            return self.scenario(value)
        if isinstance(value, LaunchPlan):
            value = replace(value, extra_args=hide_keys(value.extra_args))
        if isinstance(value, GpuSummary):  # figures only
            return value
        if isinstance(value, msgspec.Struct):
            fields = {name: self._cleaned(getattr(value, name)) for name in value.__struct_fields__}
            return replace(value, **fields)
        if isinstance(value, dict):
            named_by_path = {key: self.text(key) for key in value if isinstance(key, str) and is_path(key)}
            return {named_by_path.get(key, key): self._cleaned(item) for key, item in value.items()}
        if isinstance(value, tuple | list):
            return type(value)(map(self._cleaned, value))
        return value

    def scenario(self, scenario: Scenario) -> Scenario:
        """A scenario that no longer tells its prompts or their files."""
        prompt = scenario.prompt
        kept = PromptPlan(
            text=REMOVED if prompt.text is not None else None,
            file=self._path(prompt.file),
            dataset=self._path(prompt.dataset),
            tokens=prompt.tokens,
            shared_prefix_tokens=prompt.shared_prefix_tokens,
            nonce=prompt.nonce,
            secret=True,
        )
        trace = scenario.trace
        if trace is not None:
            trace = replace(trace, file=self._path(trace.file) or REMOVED)
        engine = _nameless(scenario.engine)
        fleet = tuple(self.url(url) or REMOVED for url in scenario.fleet)
        return replace(scenario, prompt=kept, engine=engine, trace=trace, fleet=fleet, content_hash=None)

    def record(self, record: RequestRecord) -> RequestRecord:
        """A record whose error text is clean."""
        if record.error is None:
            return record
        error = replace(record.error, message=self.text(record.error.message))
        return replace(record, error=error)

    def event(self, event: Event) -> Event:
        """An event fit to be given away."""
        match event:
            case LogRead():
                kept = (li for li in event.lines if len(li) <= MAX_LOG_CHARS and not _DEBUG_LINE.match(li))
                return replace(event, lines=tuple(map(self.text, kept)))
            case ServerChanged():
                return replace(event, status=self._status(event.status))
            case Requests():
                return replace(event, records=tuple(map(self.record, event.records)))
            case GpuRead():
                return replace(event, sample=self._sample(event.sample))
            case HostRead():
                return self.everything(event)
            case Noticed():
                return replace(event, text=self.text(event.text))
            case Hello():
                return replace(event, host=f"host {event.process + 1}")
            case RunStarted():
                return replace(event, label=self.text(event.label))
            case LoadFinished() | LoadFailed():
                return replace(event, message=self.text(event.message))
        return event

    def report(self, report: Report) -> Report:
        """A report fit to be given away."""
        named, server = enumerate(report.audit.hosts, 1), report.server
        hosts = tuple(replace(host, host=f"host {number}") for number, host in named)
        fleet = tuple(replace(share, url=self.url(share.url) or REMOVED) for share in report.fleet)
        url, path, args = self.url(server.url), self._path(server.model_path), self.command(server.args)
        server = replace(server, url=url, model_path=path, args=args)
        audit = replace(report.audit, hosts=hosts)
        return self.everything(replace(report, fleet=fleet, audit=audit, server=server))

    def _sample(self, sample: GpuSample) -> GpuSample:
        users = tuple(replace(user, name=self.text(user.name)) for user in sample.users)
        return replace(sample, users=users, notes=tuple(map(self.text, sample.notes)))

    def _status(self, status: ServerStatus) -> ServerStatus:
        plan = status.plan
        if plan is not None:
            plan = replace(
                plan,
                model=self.path(plan.model),
                server_bin=self._path(plan.server_bin),
                extra_args=self.command(plan.extra_args),
            )
        facts = replace(status.facts, model_path=self._path(status.facts.model_path))
        url, command = self.url(status.url), self.command(status.command)
        changed = replace(status, plan=plan, facts=facts, url=url, command=command)
        return self.everything(changed)

    def _path(self, path: str | None) -> str | None:
        return None if path is None else self.path(path)

    def url(self, url: str | None) -> str | None:
        """The address of a server on this machine stays, any other goes."""
        if url is None:
            return None
        stays = url.startswith("http") and is_this_machine(host_of(url))
        return _HOSTS.sub(_without_host, url) if stays else REMOVED


def _nameless(engine: Engine | None) -> Engine | None:
    """An engine without the names of its machines."""
    match engine:
        case SshEngine():
            return SshEngine(hosts=tuple(f"host-{number + 1}" for number in range(len(engine.hosts))))
        case DaskEngine() if engine.scheduler != LOCAL_CLUSTER:
            return DaskEngine(scheduler=REMOVED)
    return engine


def is_path(word: str) -> bool:
    """Whether a word of a command line is a path as a whole."""
    return "/" in word and "://" not in word and "=" not in word and ":/" not in word


def _without_host(found: re.Match[str]) -> str:
    scheme, host, port = found.groups(default="")
    bare = host.strip("[]")
    told = f"{host}{port}" if bare in _NO_SECRETS or is_this_machine(bare) else REMOVED
    return f"{scheme}{told}"


def _any_of(words: Iterable[str]) -> str:
    """The pattern of any of them, the longest first."""
    return "|".join(map(re.escape, sorted(set(words), key=len, reverse=True)))
