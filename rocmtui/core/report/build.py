"""Builds the report of a run: what `report.json` and `--json` hold."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rocmtui.core.host.causes import said
from rocmtui.core.load.said import LoadFinished
from rocmtui.core.load.scenario import Scenario, without_secret
from rocmtui.core.load.slo import parse_slo
from rocmtui.core.report.audit.figures import Audit, AuditBuilder
from rocmtui.core.report.audit.warnings import Evidence, find_warnings
from rocmtui.core.report.conversations.tally import ConversationTally
from rocmtui.core.report.conversations.text import conversation_warnings
from rocmtui.core.report.conversations.tools import ToolTally
from rocmtui.core.report.document import Report, Tool, nonsense_of
from rocmtui.core.report.facts import RunFacts
from rocmtui.core.report.figures import Figures, decode_seen, figures_of
from rocmtui.core.report.measured import Measured
from rocmtui.core.report.outcome import ended_of
from rocmtui.core.report.server_timings import ServerTimingsBuilder
from rocmtui.core.report.slos import judge
from rocmtui.core.request.by_server import ServersTally
from rocmtui.core.request.record import Phase, RequestRecord
from rocmtui.core.session.events import DraftsCounted, Event
from rocmtui.core.stats.histogram import Histogram
from rocmtui.core.streams.drafts import DraftTally
from rocmtui.core.streams.neighbour import neighbour_seen
from rocmtui.core.streams.stalls import StallTally
from rocmtui.core.text.documents import iso_utc

_AS_GIVEN = ("label", "machine", "server", "gpu", "host", "answers", "answers_under_load")
"""Fields that are the same in the facts and in the report."""


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
        measured, scenario = self._measured, facts.scenario
        stalls, draft = self._stalls.block(), self._drafts.block()
        figures = figures_of(measured, facts, finished, stalls.decode_share if stalls else None)
        talks = self._conversations.figures(scenario, facts.server.parallel)
        evidence = self._evidence(facts, finished, figures, drafted=draft is not None)
        believed = not nonsense_of(facts.answers, facts.answers_under_load)
        return Report(
            **{name: getattr(facts, name) for name in _AS_GIVEN},
            tool=Tool(version=facts.tool_version),
            started_at=iso_utc(facts.unix_ns),
            measured_seconds=figures.seconds,
            send_seconds=measured.send_seconds,
            drain_seconds=measured.drain_seconds,
            ended=ended_of(finished, facts),
            scenario=without_secret(scenario) if scenario else None,
            requests=figures.requests,
            metrics=figures.metrics,
            throughput=figures.throughput,
            intervals=figures.intervals.means,
            percentile_intervals=figures.intervals.percentiles,
            overloaded=figures.grew is not None,
            startup_wave=figures.parts.wave,
            steady_state=figures.parts.steady,
            neighbour=neighbour_seen(self._neighbours),
            draft=draft,
            stalls=stalls,
            server_timings=self._timings.block(),
            fleet=self._servers.shares(facts.urls, figures.seconds),
            decode=decode_seen(measured, self._timings.tokens_a_step),
            conversations=talks,
            tools=self._tools.figures(),
            slo=tuple(judge(slo, measured, figures, believed=believed) for slo in self._slos),
            audit=_with_warnings(evidence, facts, conversation_warnings(talks)),
        )

    def _evidence(
        self, facts: RunFacts, finished: Sequence[LoadFinished], figures: Figures, *, drafted: bool
    ) -> Evidence:
        return Evidence(
            scenario=facts.scenario,
            audit=self._audit.audit(finished),
            metrics=figures.metrics,
            parts=figures.parts,
            grew=figures.grew,
            capacity=figures.throughput.requests_per_second,
            requests=figures.requests,
            drafted=drafted,
            changes=facts.changes,
            warmup_failed=self._measured.warmup_failed,
            send_seconds=self._measured.send_seconds,
            prompt_lengths=self._audit.prompt_lengths,
            lossy_ms=self._audit.lossy_ms,
            has_end=bool(finished) or facts.load_failed,
            client_seconds=max((end.wall_seconds for end in finished), default=0.0),
        )


def _with_warnings(evidence: Evidence, facts: RunFacts, of_conversations: Sequence[str]) -> Audit:
    """The audit with all that the reader of the figures should know."""
    looks = (facts.answers, facts.answers_under_load)
    warnings = (
        *(look.words for look in looks if look is not None and look.words),
        *(said(cause) for cause in (facts.host.causes if facts.host is not None else ())),
        *facts.warnings,
        *of_conversations,
        *find_warnings(evidence),
    )
    return msgspec.structs.replace(evidence.audit, hosts=facts.hosts, warnings=warnings)


def interrupted_report(tool_version: str, unix_ns: int, scenario: Scenario | None = None) -> Report:
    """The report of a run that was interrupted before anything was sent."""
    end = LoadFinished(
        at_ns=0, process=0, cpu_seconds=0, wall_seconds=0, icl=Histogram(), reason="interrupted"
    )
    facts = RunFacts(tool_version=tool_version, unix_ns=unix_ns, scenario=scenario)
    return ReportBuilder(scenario).build(facts, [end])
