"""SLOs judged, and how sure it is that one was met: how likely such a run is on a server that misses it.

A percentile below a limit means that at most a share of the requests is later than it. Late requests come in
bunches, so they are counted as so many independent ones as the bunches leave (see `core.stats.effective`);
their number is then binomial. A failed request is late.
"""

from __future__ import annotations

import math

from rocmtui.core.load.slo import Slo
from rocmtui.core.report.document import SloResult
from rocmtui.core.report.figures import Figures
from rocmtui.core.report.measured import Measured
from rocmtui.core.stats.effective import trials
from rocmtui.core.stats.interval import standard_error
from rocmtui.core.stats.quantiles import mean, quantile
from rocmtui.core.stats.student import binomial_at_most, two_sided_p


def judge(slo: Slo, measured: Measured, figures: Figures, *, believed: bool) -> SloResult:
    """One SLO, by exact figures; none is met by a server that is not believed, as one that answers nonsense.

    In percentiles a request that failed or brought no token is worse than any limit; where the percentile is
    such a one the SLO has no value and is not met.
    """
    value = _value(slo, measured, figures)
    met = believed and value is not None and slo.holds(value)
    return SloResult(expression=slo.expression, value=value, met=met, doubt=_doubt(slo, measured))


def _value(slo: Slo, measured: Measured, figures: Figures) -> float | None:
    """Quantiles of `icl` are its histogram's."""
    if slo.tag == "error_rate":
        return figures.requests.error_rate
    if slo.statistic is None:
        return getattr(figures.throughput, slo.tag)  # type: ignore[no-any-return]
    summary = figures.every.get(slo.tag)
    if summary is not None and slo.statistic in ("mean", "min"):
        return getattr(summary, slo.statistic)  # type: ignore[no-any-return]
    if slo.tag == "icl":
        rank = slo.rank(figures.icl.count, 0)
        return None if rank is None else figures.icl.quantile(rank)
    values = measured.values(slo.tag) if summary is not None else []
    rank = slo.rank(len(values), figures.requests.failed + figures.requests.empty)
    return None if rank is None else quantile(sorted(values), rank)


def _doubt(slo: Slo, measured: Measured) -> float | None:
    """One-sided p-value of "the SLO is missed"; None for figures of a whole run, and with no values."""
    values = measured.in_order_sent(slo.tag) if slo.request_value() else []
    if not values or slo.op not in ("<", "<="):
        return None
    if slo.quantile is not None:
        return _of_percentile(slo.quantile, slo.threshold, values, measured.failed)
    found = trials(values)
    if slo.statistic != "mean" or not found.enough:
        return None
    error = standard_error(found)
    t = (slo.threshold - mean(values)) / error if error else math.inf
    tail = two_sided_p(abs(t), found.count - 1) / 2
    return tail if t > 0 else 1 - tail


def _of_percentile(share: float, limit: float, values: list[float], failed: int) -> float:
    border = min(limit, quantile(sorted(values), share))
    count = trials([float(value > border) for value in values]).count
    late = sum(value > limit for value in values) + failed
    every = len(values) + failed
    return binomial_at_most(late / every * count, count, 1 - share)
