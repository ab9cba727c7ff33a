"""The measured requests by the server's own clock: the report's `server_timings` block."""

from __future__ import annotations

from array import array

from rocmtui.core.request.record import RequestRecord
from rocmtui.core.stats.quantiles import Summary, summarise

_TIMES = ("prefill_ms", "decode_ms", "itl")
_COUNTS = {
    "prompt_tokens_computed": "prompt_n",
    "prompt_tokens_cached": "cache_n",
    "output_tokens": "predicted_n",
    "draft_tokens": "draft_n",
    "accepted": "draft_n_accepted",
}
"""Names in the block, and the fields of `timings` that they add up."""


class ServerTimingsBuilder:
    """Gathers llama-server's `timings` of the measured requests that completed."""

    def __init__(self) -> None:
        self._times_ms: dict[str, array[float]] = {name: array("d") for name in _TIMES}
        self._counts = dict.fromkeys(_COUNTS, 0)

    def add(self, record: RequestRecord) -> None:
        """Take one record."""
        timings = record.timings
        if timings is None or not record.counts:
            return
        self._times_ms["prefill_ms"].append(timings.prompt_ms)
        self._times_ms["decode_ms"].append(timings.predicted_ms)
        if timings.predicted_n >= 2:
            self._times_ms["itl"].append(timings.predicted_ms / (timings.predicted_n - 1))
        for name, field in _COUNTS.items():
            self._counts[name] += getattr(timings, field)

    @property
    def tokens_a_step(self) -> float:
        """More than 1 where tokens of a draft were accepted."""
        made, drafted = self._counts["output_tokens"], self._counts["accepted"]
        return made / (made - drafted) if made > drafted else 1.0

    def block(self) -> dict[str, Summary | int]:
        """Summaries in milliseconds and counts of tokens; empty where the server gave no timings."""
        every = {name: summarise(values, "ms") for name, values in self._times_ms.items()}
        summaries = {name: summary for name, summary in every.items() if summary is not None}
        return (
            {"requests": len(self._times_ms["prefill_ms"]), **summaries, **self._counts} if summaries else {}
        )
