"""A mergeable log-bucketed histogram: O(1) a value, O(1) memory in the number of values."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from math import floor, log2, sqrt

import msgspec

from rocmtui.core.stats.quantiles import between

BUCKETS_PER_OCTAVE = 72
"""Bucket width 0.97 %: a percentile read from a bucket's middle is within 0.5 % of the truth.

Bucket `floor(log2(value) * BUCKETS_PER_OCTAVE)` holds `value` (> 0).
"""


def bucket_low(bucket: int) -> float:
    """Lower edge of a bucket; the upper edge is `bucket_low(bucket + 1)`."""
    return float(2.0 ** (bucket / BUCKETS_PER_OCTAVE))


class Histogram(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Counts per bucket of positive values; zeros and negatives are counted apart."""

    counts: dict[int, int] = msgspec.field(default_factory=dict)
    count: int = 0
    at_or_below_zero: int = 0
    total: float = 0.0
    min: float | None = None
    max: float | None = None

    def add(self, value: float) -> None:
        """Count one value."""
        self.add_all((value,))

    def add_all(self, values: Sequence[float]) -> None:
        """Count many, each at a fraction of what `add` costs."""
        if not values:
            return
        counts = self.counts
        for value in values:
            if value > 0:
                bucket = floor(log2(value) * BUCKETS_PER_OCTAVE)
                counts[bucket] = counts.get(bucket, 0) + 1
            else:
                self.at_or_below_zero += 1
        self.count += len(values)
        self.total += sum(values)
        low, high = min(values), max(values)
        self.min = low if self.min is None or low < self.min else self.min
        self.max = high if self.max is None or high > self.max else self.max

    def add_counted(self, times: Mapping[float, int]) -> None:
        """Count values, each so many times."""
        if not times:
            return
        for value, n in times.items():
            if value > 0:
                bucket = floor(log2(value) * BUCKETS_PER_OCTAVE)
                self.counts[bucket] = self.counts.get(bucket, 0) + n
            else:
                self.at_or_below_zero += n
            self.count += n
            self.total += value * n
        self.min = min(times) if self.min is None else min(self.min, *times)
        self.max = max(times) if self.max is None else max(self.max, *times)

    def merge(self, other: Histogram) -> None:
        """Count all that `other` counted too."""
        self.count += other.count
        self.total += other.total
        self.at_or_below_zero += other.at_or_below_zero
        self.min = min((v for v in (self.min, other.min) if v is not None), default=None)
        self.max = max((v for v in (self.max, other.max) if v is not None), default=None)
        for bucket, n in other.counts.items():
            self.counts[bucket] = self.counts.get(bucket, 0) + n

    def copy(self) -> Histogram:
        """An independent copy, for a snapshot."""
        return msgspec.structs.replace(self, counts=dict(self.counts))

    @property
    def mean(self) -> float | None:
        """Exact mean, None when empty."""
        return self.total / self.count if self.count else None

    def quantile(self, q: float) -> float | None:
        """The value at quantile `q` (0 to 1), as `core.quantiles.quantile` but for the width of a bucket.

        Interpolates between the two nearest ranks; the smallest and the greatest value are exact. None when
        empty.
        """
        if not self.count:
            return None
        position = q * (self.count - 1)
        low = floor(position)
        below, above = self._at_ranks(low, min(low + 1, self.count - 1))
        return between(below, above, position - low)

    def _at_ranks(self, *ranks: int) -> list[float]:
        """Values at ascending ranks (from 0)."""
        assert self.min is not None
        assert self.max is not None
        found: list[float] = []
        seen = 0
        floors = [(min(self.min, 0.0), self.at_or_below_zero)] if self.at_or_below_zero else []
        middles = ((_middle(bucket), self.counts[bucket]) for bucket in sorted(self.counts))
        for value, count in (*floors, *middles):
            seen += count
            while len(found) < len(ranks) and ranks[len(found)] < seen:
                rank = ranks[len(found)]
                exact = self.max if rank == self.count - 1 else self.min if rank == 0 else value
                found.append(min(max(exact, self.min), self.max))
        return found

    def binned(self, edges: Iterable[float]) -> list[int]:
        """Counts per bin between ascending `edges` (n edges give n - 1 bins); outliers go to the end bins."""
        bounds = list(edges)
        bins = [0] * (len(bounds) - 1)
        bins[0] += self.at_or_below_zero
        for bucket, n in self.counts.items():
            bins[bisect_right(bounds, _middle(bucket), 1, len(bins)) - 1] += n
        return bins


def _middle(bucket: int) -> float:
    return sqrt(bucket_low(bucket) * bucket_low(bucket + 1))


def merged(histograms: Iterable[Histogram]) -> Histogram:
    """One histogram of everything the given ones counted."""
    result = Histogram()
    for histogram in histograms:
        result.merge(histogram)
    return result
