"""How sure it is that an SLO was met: how likely such a run, or a better one, is on a server that misses it.

A percentile below a limit means that at most a share of the requests is later than it. Late requests come in
bunches, so they are counted as so many independent ones as the bunches leave (see `core.stats.effective`);
their number is then binomial. A failed request is late.
"""

from __future__ import annotations

import math

from rocmtui.core.load.slo import Slo
from rocmtui.core.report.measured import Measured
from rocmtui.core.stats.effective import trials
from rocmtui.core.stats.interval import standard_error
from rocmtui.core.stats.quantiles import mean, quantile
from rocmtui.core.stats.student import binomial_at_most, two_sided_p


def doubt_of(slo: Slo, measured: Measured) -> float | None:
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
