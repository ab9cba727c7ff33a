"""A run's own certificate: how far its figures can be trusted, and why not where they cannot."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence

import msgspec

from rocmtui.core.load.said import LoadFinished
from rocmtui.core.report.audit.hosts import HostAudit
from rocmtui.core.report.audit.stamps import StampAudit, stamp_audit
from rocmtui.core.request.metrics import RequestValue
from rocmtui.core.request.record import Phase, RequestRecord
from rocmtui.core.request.values import request_latency, ttft
from rocmtui.core.stats.quantiles import known, median

DECODE_MS = 100.0
"""A difference of the clocks is a share of the decode, or of this in a shorter one, where a millisecond of
chance would be percents. A reply that comes in one burst at its end is far off all the same."""

SPARE_EVENTS = 1
"""The last event may carry what is no token: the end of a word that was held back."""


TAILS: dict[str, RequestValue] = {"ttft": ttft, "request_latency": request_latency}
"""What is slow where a packet was lost."""


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """The audit block of a report. None: could not be told."""

    client_cpu_fraction: float | None = None
    """CPU of the busiest load process over wall time; 1.0 is one core."""
    loop_lag_ms_p99: float | None = None
    """How late the load process's loop ran; the worst process."""
    loop_lag_ms_max: float | None = None
    token_count_disagreement: float | None = None
    """Tokens by the server's `usage` against its `timings`, as a share of all tokens."""
    server_decode_disagreement: float | None = None
    """Median of |client − server| from first to last token, over the server's time or DECODE_MS, whichever is
    longer."""
    odd_figures: int = 0
    """Replies with counts or times that cannot be; those are left out."""
    uncounted_replies: int = 0
    """Replies whose tokens the server did not count: they are taken by their events."""
    more_text_than_tokens: int = 0
    """Replies with more events with text than tokens counted."""
    tokens_without_text: int = 0
    """Replies with two tokens counted or more, and no text."""
    bursts: int = 0
    """Replies that came in one piece or two: their speeds say how a proxy hands on."""
    stamps: StampAudit | None = None
    """What arrivals were stamped by."""
    retransmits: int | None = None
    """Packets that had to be sent again, either way, on the connections of all measured requests."""
    stale_connections: int = 0
    """Connections that died before the first byte and were retried once."""
    cached_fraction: float | None = None
    """Share of the prompt tokens that came from the server's cache."""
    hosts: tuple[HostAudit, ...] = ()
    """The machines the load came from; empty where it was this one alone."""
    warnings: tuple[str, ...] = ()
    """In plain words; shown wherever the figures are."""


class AuditBuilder:
    """Gathers what the audit needs from the measured requests that completed."""

    def __init__(self) -> None:
        self._disagreeing = self._counted = 0
        self._prompt = self._cached = self._stale = 0
        self._knows_cache = False
        self._decode: array[float] = array("d")
        self._told: Counter[str] = Counter()
        """The oddities of replies, by the audit's field."""
        self._retransmits: int | None = None
        self.lossy_ms: dict[str, array[float]] = {tag: array("d") for tag in TAILS}
        """The same figures of those completed requests whose connection lost a packet."""
        self.prompt_lengths: tuple[int, int] | None = None
        """Shortest and longest prompt as the server counted them; None before any was counted."""

    def add(self, record: RequestRecord) -> None:
        """Take one record."""
        if record.phase is not Phase.MEASURED:
            return
        self._stale += record.stale_retries
        if record.network is not None:
            self._retransmits = (self._retransmits or 0) + record.network.lost
        if not record.completed:
            return
        if record.network is not None and record.network.lost:
            for tag, values in self.lossy_ms.items():
                if (value := TAILS[tag](record)) is not None:
                    values.append(value)
        self._take_tokens(record)
        self._take_decode(record)
        self._take_oddities(record)

    def _take_tokens(self, record: RequestRecord) -> None:
        if record.prompt_tokens is not None:
            low, high = self.prompt_lengths or (record.prompt_tokens, record.prompt_tokens)
            self.prompt_lengths = min(low, record.prompt_tokens), max(high, record.prompt_tokens)
        if record.prompt_tokens and record.cached_tokens is not None:
            self._knows_cache = True
            self._prompt += record.prompt_tokens
            self._cached += record.cached_tokens
        if record.timings is None:
            return
        pairs = (
            (record.output_tokens, record.timings.predicted_n),
            (record.prompt_tokens, record.timings.prompt_n + record.timings.cache_n),
        )
        for client, server in pairs:
            if client is not None:
                self._disagreeing += abs(client - server)
                self._counted += max(client, server)

    def _take_oddities(self, record: RequestRecord) -> None:
        counted, events = record.output_tokens, record.content_events
        self._told["odd_figures"] += record.odd_figures
        self._told["uncounted_replies"] += counted is None and not record.empty and not record.inputs
        self._told["more_text_than_tokens"] += counted is not None and events > counted + SPARE_EVENTS
        self._told["tokens_without_text"] += record.empty and (counted or 0) > 1
        self._told["bursts"] += record.in_a_burst

    def _take_decode(self, record: RequestRecord) -> None:
        timings = record.timings
        if timings is None or record.first_token_ns is None or record.last_token_ns is None:
            return
        if timings.predicted_n >= 2:
            client_ms = (record.last_token_ns - record.first_token_ns) / 1e6
            self._decode.append(abs(client_ms - timings.predicted_ms) / max(timings.predicted_ms, DECODE_MS))

    def audit(self, finished: Sequence[LoadFinished]) -> Audit:
        """The figures, without warnings."""
        audit = Audit(
            client_cpu_fraction=known(max, (end.cpu_fraction for end in finished)),
            loop_lag_ms_p99=known(max, (end.loop_lag_ms_p99 for end in finished)),
            loop_lag_ms_max=known(max, (end.loop_lag_ms_max for end in finished)),
            token_count_disagreement=self._disagreeing / self._counted if self._counted else None,
            server_decode_disagreement=median(self._decode) if self._decode else None,
            stamps=stamp_audit(finished),
            retransmits=self._retransmits,
            stale_connections=self._stale,
            cached_fraction=self._cached / self._prompt if self._knows_cache else None,
        )
        return msgspec.structs.replace(audit, **self._told)
