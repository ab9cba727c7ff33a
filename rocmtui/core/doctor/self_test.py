"""What the instrument measured of a server whose latencies are known, and whether it is to be trusted.

Each request is compared with the same request as the server logged it, each token's stamp with the moment the
token was written: a server that is late itself is no error of the instrument. Of tokens that were read
together the stamp is the last one's and claims no more: that one is compared, the others are counted apart,
with how much earlier they can have come.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from rocmtui.core.doctor.known_truth import KnownTruth, ServedReply
from rocmtui.core.load.said import LoadFinished
from rocmtui.core.request.arrival import ReadTally, merged_reads
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.request.values import itl, ttft
from rocmtui.core.stats.quantiles import mean, quantile

SCHEMA = "rocmtui.selftest/2"
TTFT_LIMIT_MS = 0.1
"""Mean error of TTFT the instrument may have."""
TTFT_P99_LIMIT_MS = 0.5
TOKEN_P99_LIMIT_MS = 0.25
"""How long after it was written a token may be stamped."""
SHARED_LIMIT = 0.05
"""Share of tokens that may be read together with a later one: more, and too little is compared."""
ITL_LIMIT = 0.01
"""Relative error of ITL the instrument may have."""
JUDGED_STREAMS = 32
"""Rows of more streams are shown, but a small machine may fail them."""

Verdict = Literal["good", "off"]


class Errors(msgspec.Struct, frozen=True, kw_only=True):
    """Measured minus true, one by one, in milliseconds."""

    mean: float
    p99: float
    max: float


class SelfTestRow(msgspec.Struct, frozen=True, kw_only=True):
    """One load. None where nothing was measured."""

    streams: int
    busy: int = 0
    """Busy processes beside it."""
    tokens_per_second: float | None
    """That the server wrote while all streams ran."""
    requests: int
    wrong: int
    """Requests that failed, or whose tokens were miscounted."""
    ttft_true_ms: float | None
    """Mean, by the server's log."""
    ttft_ms: float | None
    ttft_error_ms: Errors | None
    """Of each request."""
    token_error_ms: Errors | None
    """Of each token that was the last of its read: its stamp minus the moment it was written."""
    itl_true_ms: float | None
    itl_ms: float | None
    itl_error: float | None
    """As a fraction of the true ITL."""
    reads: ReadTally
    """What the client's reads were stamped by, and how late they came."""
    server_late_ms_mean: float | None
    """How late the server wrote tokens against what it was told."""
    server_late_ms_p99: float | None
    cpu_us_per_token: float | None
    """CPU of the load process."""

    @property
    def within(self) -> bool:
        """Whether the errors keep the limits and nothing went wrong."""
        return (
            not self.wrong
            and self.ttft_error_ms is not None
            and self.token_error_ms is not None
            and self.itl_error is not None
            and abs(self.ttft_error_ms.mean) < TTFT_LIMIT_MS
            and self.ttft_error_ms.p99 < TTFT_P99_LIMIT_MS
            and self.token_error_ms.p99 < TOKEN_P99_LIMIT_MS
            and abs(self.itl_error) < ITL_LIMIT
            and self.shared < SHARED_LIMIT
        )

    @property
    def shared(self) -> float:
        """Tokens that were read together with a later one, as a share of all."""
        reads = self.reads.kernel + self.reads.own + self.reads.refused
        return self.reads.shared / (self.reads.shared + reads) if reads else 0.0


class SelfTestResult(msgspec.Struct, frozen=True, kw_only=True):
    """The whole self-test."""

    schema: str = SCHEMA
    rows: tuple[SelfTestRow, ...]
    highest_tokens_per_second: float | None
    """Highest rate of one load process at which a row kept the limits."""
    verdict: Verdict
    reason: str


def row_of(
    streams: int,
    tokens: int,
    truth: KnownTruth,
    records: Sequence[RequestRecord],
    finished: Iterable[LoadFinished],
    busy: int = 0,
) -> SelfTestRow:
    """One row from the records of a load of `tokens` tokens a request; record n is of the n-th prompt."""
    pairs, ends = _pairs(records, truth, tokens), list(finished)
    ttfts = [
        (value, reply.ttft_ms)
        for record, reply in pairs
        if (value := ttft(record)) is not None and not _first_is_shared(record)
    ]
    itls = [(value, reply.itl_ms) for record, reply in pairs if (value := itl(record)) is not None]
    ttft_ms, ttft_true_ms = _means(ttfts)
    itl_ms, itl_true_ms = _means(itls)
    return SelfTestRow(
        streams=streams,
        busy=busy,
        tokens_per_second=streams * 1000 / itl_true_ms if itl_true_ms else None,
        requests=len(records),
        wrong=len(records) - len(pairs),
        ttft_true_ms=ttft_true_ms,
        ttft_ms=ttft_ms,
        ttft_error_ms=_errors(measured - true for measured, true in ttfts),
        token_error_ms=_errors(late for record, reply in pairs for late in _token_errors(record, reply)),
        itl_true_ms=itl_true_ms,
        itl_ms=itl_ms,
        itl_error=itl_ms / itl_true_ms - 1 if itl_ms and itl_true_ms else None,
        reads=merged_reads([end.reads for end in ends if end.reads is not None]),
        server_late_ms_mean=truth.late_ms_mean,
        server_late_ms_p99=truth.late_ms_p99,
        cpu_us_per_token=sum(e.cpu_seconds for e in ends) * 1e6 / (len(pairs) * tokens) if pairs else None,
    )


def _pairs(
    records: Sequence[RequestRecord], truth: KnownTruth, tokens: int
) -> list[tuple[RequestRecord, ServedReply]]:
    """Each request that came whole, with its reply as it was served."""
    served = {reply.number: reply for reply in truth.replies if len(reply.written_ns) == tokens > 1}
    whole = [record for record in records if record.completed and record.output_tokens == tokens]
    return [(record, served[record.id]) for record in whole if record.id in served]


def _token_errors(record: RequestRecord, reply: ServedReply) -> Iterable[float]:
    """Of each read's last token."""
    stamps_ns = (*record.content_ns, None)
    both = zip(record.content_ns, reply.written_ns, strict=False)
    for index, (stamp_ns, written_ns) in enumerate(both, 1):
        if stamp_ns != stamps_ns[index]:
            yield (stamp_ns - written_ns) / 1e6


def _first_is_shared(record: RequestRecord) -> bool:
    """Whether the first token was read together with the second."""
    return len(record.content_ns) > 1 and record.content_ns[0] == record.content_ns[1]


def _means(pairs: Sequence[tuple[float, float]]) -> tuple[float | None, float | None]:
    return (mean([a for a, _ in pairs]), mean([b for _, b in pairs])) if pairs else (None, None)


def _errors(values: Iterable[float]) -> Errors | None:
    ascending = sorted(values)
    if not ascending:
        return None
    return Errors(mean=mean(ascending), p99=quantile(ascending, 0.99), max=ascending[-1])


def judge(rows: Sequence[SelfTestRow], faster: Sequence[SelfTestRow] = ()) -> SelfTestResult:
    """The verdict over the rows; the `faster` ones only seek the highest rate."""
    bad = [row for row in rows if row.streams <= JUDGED_STREAMS and not row.within]
    everything = (*rows, *faster)
    rates = [row.tokens_per_second for row in everything if row.within and row.tokens_per_second is not None]
    return SelfTestResult(
        rows=everything,
        highest_tokens_per_second=max(rates, default=None),
        verdict="off" if bad else "good",
        reason=_reason(bad),
    )


def _reason(bad: Sequence[SelfTestRow]) -> str:
    if not bad:
        return (
            f"errors stay under {TTFT_LIMIT_MS:g} ms of TTFT and {ITL_LIMIT:.0%} of ITL, "
            f"tokens are stamped within {TOKEN_P99_LIMIT_MS:g} ms (p99)"
        )
    worst = bad[-1]
    if worst.wrong or worst.ttft_error_ms is None or worst.token_error_ms is None:
        return f"{worst.wrong} of {worst.requests} requests failed or were miscounted"
    own = worst.reads.own + worst.reads.refused
    if own:
        why = f"{own} reads have no stamp of the kernel's: close what else uses the CPU"
    elif worst.shared >= SHARED_LIMIT:
        why = f"{worst.reads.shared} tokens were read together with a later one: close what else uses the CPU"
    else:
        why = "is the clock of this machine steady?"
    return (
        f"with {worst.streams} streams TTFT is off by {worst.ttft_error_ms.mean:.3f} ms (p99 "
        f"{worst.ttft_error_ms.p99:.3f}) and tokens by {worst.token_error_ms.p99:.3f} ms (p99): {why}"
    )
