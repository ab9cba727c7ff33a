"""What the instrument measured of a server whose latencies are known, and whether it is to be trusted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from rocmtui.core.request.metrics import itl, ttft
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.session.events import LoadFinished
from rocmtui.core.stats.quantiles import mean, quantile

SCHEMA = "rocmtui.selftest/1"
TTFT_LIMIT_MS = 1.0
"""Mean error of TTFT the instrument may have."""
ITL_LIMIT = 0.01
"""Relative error of ITL the instrument may have."""
JUDGED_STREAMS = 32
"""Rows of more streams are shown, but a small machine may fail them."""

Verdict = Literal["good", "off", "unclear"]


class KnownTruth(msgspec.Struct, frozen=True, kw_only=True):
    """What the known server was told to do, and how late it did it, by its own clock."""

    ttft_ms: float
    itl_ms: float
    late_ms_mean: float | None
    late_ms_p99: float | None


class SelfTestRow(msgspec.Struct, frozen=True, kw_only=True):
    """One load. Errors are measured minus true; nothing is subtracted for a server that was late itself."""

    streams: int
    tokens_per_second: float
    """That the server wrote while all streams ran."""
    requests: int
    wrong: int
    """Requests that failed, or whose tokens were miscounted."""
    ttft_true_ms: float
    ttft_ms: float | None
    ttft_error_ms: float | None
    ttft_error_ms_p99: float | None
    itl_true_ms: float
    itl_ms: float | None
    itl_error: float | None
    """As a fraction of the true ITL."""
    server_ttft_error_ms: float | None
    """How late the server wrote first tokens, by its own clock: a part of `ttft_error_ms`."""
    server_itl_ms: float | None
    """ITL by the server's own clock."""
    server_late_ms_mean: float | None
    server_late_ms_p99: float | None
    """Of all tokens."""
    cpu_us_per_token: float | None
    """CPU of the load process."""
    loop_lag_ms_p99: float | None

    @property
    def within(self) -> bool:
        """Whether the errors keep the limits and nothing went wrong."""
        return (
            not self.wrong
            and self.ttft_error_ms is not None
            and self.itl_error is not None
            and abs(self.ttft_error_ms) < TTFT_LIMIT_MS
            and abs(self.itl_error) < ITL_LIMIT
        )

    @property
    def excused(self) -> bool:
        """Whether the errors would keep the limits, had the server itself been on time."""
        if self.wrong or self.ttft_error_ms is None or self.server_ttft_error_ms is None:
            return False
        if self.itl_ms is None or not self.server_itl_ms:
            return False
        return (
            abs(self.ttft_error_ms - self.server_ttft_error_ms) < TTFT_LIMIT_MS
            and abs(self.itl_ms / self.server_itl_ms - 1) < ITL_LIMIT
        )


class SelfTestResult(msgspec.Struct, frozen=True, kw_only=True):
    """The whole self-test."""

    schema: str = SCHEMA
    rows: tuple[SelfTestRow, ...]
    highest_tokens_per_second: float | None
    """Highest rate of one load process at which the mean TTFT error stayed under TTFT_LIMIT_MS."""
    verdict: Verdict
    reason: str


def row_of(
    streams: int,
    tokens: int,
    truth: KnownTruth,
    records: Sequence[RequestRecord],
    finished: Iterable[LoadFinished],
) -> SelfTestRow:
    """One row from the records of a load of `tokens` tokens a request."""
    good = [r for r in records if r.completed and r.output_tokens == tokens]
    ends = list(finished)
    ttfts = [value for record in good if (value := ttft(record)) is not None]
    itls = [value for record in good if (value := itl(record)) is not None]
    timings = [record.timings for record in good if record.timings]
    served = [timing.prompt_ms for timing in timings]
    served_itls = [timing.predicted_ms / (timing.predicted_n - 1) for timing in timings]
    errors = sorted(value - truth.ttft_ms for value in ttfts)
    ttft_ms = mean(ttfts) if ttfts else None
    itl_ms = mean(itls) if itls else None
    return SelfTestRow(
        streams=streams,
        tokens_per_second=streams * 1000 / truth.itl_ms,
        requests=len(records),
        wrong=len(records) - len(good),
        ttft_true_ms=truth.ttft_ms,
        ttft_ms=ttft_ms,
        ttft_error_ms=None if ttft_ms is None else ttft_ms - truth.ttft_ms,
        ttft_error_ms_p99=quantile(errors, 0.99) if errors else None,
        itl_true_ms=truth.itl_ms,
        itl_ms=itl_ms,
        itl_error=None if itl_ms is None else itl_ms / truth.itl_ms - 1,
        server_ttft_error_ms=mean(served) - truth.ttft_ms if served else None,
        server_itl_ms=mean(served_itls) if served_itls else None,
        server_late_ms_mean=truth.late_ms_mean,
        server_late_ms_p99=truth.late_ms_p99,
        cpu_us_per_token=sum(e.cpu_seconds for e in ends) * 1e6 / (len(good) * tokens) if good else None,
        loop_lag_ms_p99=max((e.loop_lag_ms_p99 for e in ends if e.loop_lag_ms_p99 is not None), default=None),
    )


def judge(rows: Sequence[SelfTestRow]) -> SelfTestResult:
    """The verdict over all rows."""
    judged = [row for row in rows if row.streams <= JUDGED_STREAMS]
    bad = [row for row in judged if not row.within]
    good_rates = [
        row.tokens_per_second
        for row in rows
        if not row.wrong and row.ttft_error_ms is not None and abs(row.ttft_error_ms) < TTFT_LIMIT_MS
    ]
    verdict, reason = _verdict(bad)
    return SelfTestResult(
        rows=tuple(rows),
        highest_tokens_per_second=max(good_rates, default=None),
        verdict=verdict,
        reason=reason,
    )


def _verdict(bad: Sequence[SelfTestRow]) -> tuple[Verdict, str]:
    if not bad:
        return "good", f"errors stay under {TTFT_LIMIT_MS:g} ms of TTFT and {ITL_LIMIT:.0%} of ITL"
    worst = bad[-1]
    if worst.wrong:
        return "off", f"{worst.wrong} of {worst.requests} requests failed or were miscounted"
    where = f"with {worst.streams} streams"
    if all(row.excused for row in bad):
        return "unclear", (
            f"the known server itself was late by {worst.server_ttft_error_ms:.2f} ms {where}: "
            "the machine is busy, run again when it is idle"
        )
    return "off", (
        f"TTFT is off by {worst.ttft_error_ms:.2f} ms and ITL by {worst.itl_error:.2%} {where}: "
        "close what else uses the CPU, or spread the load with --processes"
    )
