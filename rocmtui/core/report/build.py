"""Builds the report of a run: what `report.json` and `--json` hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from rocmtui.core.answers.look import Company, Look
from rocmtui.core.gpu.reading import GpuSummary
from rocmtui.core.host.causes import said
from rocmtui.core.host.sample import HostSummary
from rocmtui.core.load.said import LoadFinished
from rocmtui.core.load.scenario import ClosedLoop, OpenLoop, Scenario, without_secret
from rocmtui.core.load.slo import parse_slo
from rocmtui.core.report.audit.figures import AuditBuilder
from rocmtui.core.report.audit.hosts import HostAudit
from rocmtui.core.report.audit.warnings import Evidence, find_warnings
from rocmtui.core.report.conversations.tally import ConversationTally
from rocmtui.core.report.conversations.text import conversation_warnings
from rocmtui.core.report.conversations.tools import ToolTally
from rocmtui.core.report.document import CUT_OFF, FAILED, INCOMPLETE, Machine, Report, Server, SloResult, Tool
from rocmtui.core.report.doubt import doubt_of
from rocmtui.core.report.errors import ErrorGroup, RequestCounts
from rocmtui.core.report.figures import (
    Intervals,
    decode_seen,
    intervals_of,
    judge,
    metric_summaries,
    throughput_of,
    worth_telling,
)
from rocmtui.core.report.measured import Measured, Span
from rocmtui.core.report.server_timings import ServerTimingsBuilder
from rocmtui.core.report.steady_state import Parts, end_of_wave, split
from rocmtui.core.request.by_server import ServersTally
from rocmtui.core.request.errors import NO_SUCH_MODEL, QUEUED
from rocmtui.core.request.record import ErrorKind, Phase, RequestRecord
from rocmtui.core.server.models import listed
from rocmtui.core.server.state import ServerStatus
from rocmtui.core.session.events import DraftsCounted, Event
from rocmtui.core.stats.histogram import Histogram, merged
from rocmtui.core.stats.quantiles import known
from rocmtui.core.stats.trend import growth
from rocmtui.core.streams.drafts import DraftTally
from rocmtui.core.streams.neighbour import neighbour_seen
from rocmtui.core.streams.stalls import StallTally

ONLY_OF_LLAMA_SERVER = ("queue_wait", "overhead")
"""Other servers send their headers when it suits them, which says nothing of a queue."""


class RunFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a report tells besides the measurements."""

    tool_version: str
    unix_ns: int
    """When the run began."""
    label: str = ""
    scenario: Scenario | None = None
    machine: Machine = Machine()
    server: Server = Server()
    gpu: tuple[GpuSummary, ...] = ()
    host: HostSummary | None = None
    answers: Look | None = None
    company: Company | None = None
    dropped: int = 0
    load_failed: bool = False
    """Whether a load process died."""
    hosts: tuple[HostAudit, ...] = ()
    """The machines the load came from, where that was not this one."""
    server_gone: bool = False
    """Whether the server no longer answered at the end."""
    changes: tuple[str, ...] = ()
    """What was changed by hand while the load ran."""
    warnings: tuple[str, ...] = ()
    """Warnings of the run itself, such as a spill or a load process that died."""


def server_of(status: ServerStatus) -> Server:
    """The report's server block."""
    told = msgspec.structs.asdict(status.facts)
    facts = {name: value for name, value in told.items() if name in Server.__struct_fields__}
    return Server(
        **facts, url=status.url, args=status.command, pid=status.pid, binary_source=status.binary_source
    )


class ReportBuilder:
    """Takes the records of a run as they come, about 300 bytes each, and makes its report at the end."""

    def __init__(self, scenario: Scenario | None = None) -> None:
        """Raises UsageError when an SLO of the scenario cannot be read."""
        self._slos = [parse_slo(expression) for expression in scenario.slo] if scenario else []
        self._measured = Measured(self._slos)
        self._audit = AuditBuilder()
        self._timings = ServerTimingsBuilder()
        self._servers = ServersTally()
        self._conversations = ConversationTally()
        self._tools = ToolTally()
        self._stalls = StallTally()
        self._drafts = DraftTally()
        self._neighbours: list[RequestRecord] = []

    def add(self, record: RequestRecord) -> None:
        """Take one record."""
        self._measured.add(record)
        self._audit.add(record)
        self._timings.add(record)
        self._servers.add(record)
        self._conversations.add(record)
        self._tools.add(record)
        self._stalls.add(record)
        self._drafts.add(record)
        if record.phase is Phase.NEIGHBOUR:
            self._neighbours.append(record)

    def observe(self, event: Event) -> None:
        """Take what else happened: it may be why a stream stood still."""
        self._stalls.observe(event)
        if isinstance(event, DraftsCounted):
            self._drafts.count(event.counts)

    def build(self, facts: RunFacts, finished: Sequence[LoadFinished] = ()) -> Report:
        """The report so far.

        Without `finished` (a run cut off) the window is taken from the records and the client's own
        figures are absent.
        """
        measured = self._measured
        window = measured_window(measured, finished)
        shape = facts.scenario.shape if facts.scenario else None
        grew = _growth(measured, facts)
        of_arrivals = isinstance(shape, OpenLoop) and grew is None
        stalls, draft = self._stalls.block(), self._drafts.block()
        throughput = msgspec.structs.replace(
            throughput_of(measured, window, of_arrivals=of_arrivals),
            stall_share=stalls.decode_share if stalls else None,
        )
        hidden = () if facts.server.is_llama_server else ONLY_OF_LLAMA_SERVER
        icl = merged(end.icl for end in finished)
        every = metric_summaries(measured, icl, hidden)
        metrics = worth_telling(every)
        parts = Parts() if grew else split(measured, window, facts.scenario.ramp_s if facts.scenario else 0.0)
        beside = measured.together(facts.scenario, facts.server.parallel)
        intervals = Intervals() if grew else intervals_of(measured, metrics, beside)
        evidence = Evidence(
            scenario=facts.scenario,
            audit=self._audit.audit(finished),
            metrics=metrics,
            parts=parts,
            grew=grew,
            capacity=throughput.requests_per_second,
            sent=measured.sent,
            completed=measured.completed,
            failed=measured.failed,
            empty=measured.empty,
            errors=_errors(measured, facts),
            dropped=facts.dropped,
            drafted=draft is not None,
            changes=facts.changes,
            warmup_failed=measured.warmup_failed,
            send_seconds=measured.send_seconds,
            prompt_lengths=self._audit.prompt_lengths,
            lossy_ms=self._audit.lossy_ms,
            has_end=bool(finished) or facts.load_failed,
            client_seconds=max((end.wall_seconds for end in finished), default=0.0),
        )
        judged_slos = [
            msgspec.structs.replace(
                judge(slo, measured, icl, every, throughput), doubt=doubt_of(slo, measured)
            )
            for slo in self._slos
        ]
        talks = self._conversations.figures(facts.scenario, facts.server.parallel)
        told = (
            *_said(facts.answers, facts.company),
            *_slowed(facts.host),
            *facts.warnings,
            *conversation_warnings(talks),
        )
        return Report(
            tool=Tool(version=facts.tool_version),
            label=facts.label,
            started_at=iso_utc(facts.unix_ns),
            measured_seconds=window.seconds if window else None,
            send_seconds=measured.send_seconds,
            drain_seconds=measured.drain_seconds,
            ended="server_gone" if facts.server_gone else _ended(finished, facts.load_failed),
            machine=facts.machine,
            server=facts.server,
            scenario=without_secret(facts.scenario) if facts.scenario else None,
            requests=_counts(measured, facts),
            metrics=metrics,
            throughput=throughput,
            intervals=intervals.means,
            percentile_intervals=intervals.percentiles,
            overloaded=grew is not None,
            startup_wave=parts.wave,
            steady_state=parts.steady,
            neighbour=neighbour_seen(self._neighbours),
            draft=draft,
            stalls=stalls,
            server_timings=self._timings.block(),
            fleet=self._servers.shares(_urls(facts), window.seconds if window else None),
            gpu=facts.gpu,
            host=facts.host,
            decode=decode_seen(measured, self._timings.tokens_a_step),
            answers=facts.answers,
            answers_under_load=facts.company,
            conversations=talks,
            tools=self._tools.figures(),
            slo=tuple(_unless_nonsense(judged, facts.answers, facts.company) for judged in judged_slos),
            audit=msgspec.structs.replace(
                evidence.audit, hosts=facts.hosts, warnings=(*told, *find_warnings(evidence))
            ),
        )


def _growth(measured: Measured, facts: RunFacts) -> tuple[float, float] | None:
    """Latency at the beginning and at the end, of a run through which it grew.

    Of a closed loop from where one request follows the other: its workers begin at once, or one by one.
    Not of one that was changed, nor of conversations, whose prompts grow.
    """
    scenario, since_ns = facts.scenario, 0
    if scenario is None:
        return None
    if not isinstance(scenario.shape, OpenLoop):
        if facts.changes or scenario.conversations or scenario.trace:
            return None
        since_ns = end_of_wave(measured, scenario.ramp_s)
    return growth(measured.latencies_ms(since_ns))


def _urls(facts: RunFacts) -> tuple[str, ...]:
    further = facts.scenario.fleet if facts.scenario is not None else ()
    return (facts.server.url or "the first server", *further)


def _slowed(host: HostSummary | None) -> tuple[str, ...]:
    return tuple(said(cause) for cause in host.causes) if host is not None else ()


def _said(*found: Look | Company | None) -> tuple[str, ...]:
    return tuple(one.words for one in found if one is not None and one.words)


def _unless_nonsense(judged: SloResult, *found: Look | Company | None) -> SloResult:
    """No speed of a server that answers nonsense, alone or in company, meets anything."""
    wrong = any(one is not None and one.is_nonsense for one in found)
    return msgspec.structs.replace(judged, met=False) if wrong else judged


def _ended(finished: Sequence[LoadFinished], failed: bool) -> str:
    """The reason that says most, of several load processes."""
    if failed and not finished:
        return FAILED
    reasons = {end.reason for end in finished}
    if failed and reasons <= {"duration", "requests"}:
        return INCOMPLETE
    order = ("server_gone", "error_rate", "interrupted", "stopped", "duration", "requests")
    return next((reason for reason in order if reason in reasons), CUT_OFF)


def measured_window(measured: Measured, finished: Sequence[LoadFinished]) -> Span | None:
    """From the first measured request that was planned or attempted to the end of measuring.

    As the load processes tell it; by the records where none does: of a run cut off, or kept before they did.
    """
    start = known(min, (end.window_start_ns for end in finished))
    end = known(max, (end.window_end_ns for end in finished))
    if start is None or end is None:
        start = known(min, (measured.first_due_ns, *(end.first_sent_ns for end in finished)))
        end = known(max, (measured.last_done_ns, *(end.last_done_ns for end in finished)))
    return Span(start, end) if start is not None and end is not None and end > start else None


def interrupted_report(tool_version: str, unix_ns: int, scenario: Scenario | None = None) -> Report:
    """The report of a run that was interrupted before anything was sent."""
    end = LoadFinished(
        at_ns=0, process=0, cpu_seconds=0, wall_seconds=0, icl=Histogram(), reason="interrupted"
    )
    facts = RunFacts(tool_version=tool_version, unix_ns=unix_ns, scenario=scenario)
    return ReportBuilder(scenario).build(facts, [end])


def iso_utc(unix_ns: int) -> str:
    """`2026-05-04T10:11:12Z`."""
    return datetime.fromtimestamp(unix_ns // 1_000_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _counts(measured: Measured, facts: RunFacts) -> RequestCounts:
    return RequestCounts(
        sent=measured.sent,
        completed=measured.completed,
        failed=measured.failed,
        cancelled=measured.cancelled,
        empty=measured.empty,
        dropped=facts.dropped,
        by_error=dict(measured.by_error.most_common()),
        errors=_errors(measured, facts),
    )


def _with_models(remedy: str | None, server: Server) -> str | None:
    """A wrong name's remedy with the right ones, where the server told them."""
    names = server.models or ((server.model,) if server.model else ())
    if remedy != NO_SUCH_MODEL or not names:
        return remedy
    return f"{remedy}: {listed(names)}"


def _errors(measured: Measured, facts: RunFacts) -> tuple[ErrorGroup, ...]:
    shape = facts.scenario.shape if facts.scenario else None
    slots = facts.server.parallel
    free_slot = slots is None or (isinstance(shape, ClosedLoop) and shape.concurrency <= slots)
    silent = free_slot or facts.server_gone
    queued: dict[str, str] = {} if silent else {ErrorKind.TIMEOUT_FIRST_BYTE.value: QUEUED}
    return tuple(
        ErrorGroup(
            kind=kind,
            count=count,
            message=first.message,
            status=first.status,
            remedy=queued.get(kind) or _with_models(first.remedy, facts.server),
        )
        for kind, count in measured.by_error.most_common()
        if (first := measured.first_errors[kind])
    )
