"""SLOs while the load runs: judged on the snapshot's histograms and the run's figures so far."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rocmtui.core.load.slo import Slo, within_all
from rocmtui.core.load.snapshot import HISTOGRAMS, LiveSnapshot, SloState, speed_of_run
from rocmtui.core.request.record import Phase, RequestRecord


class SloWatch:
    """Counts requests within every SLO; O(1) a request."""

    def __init__(self, slos: Sequence[Slo]) -> None:
        self._slos = tuple(slos)
        self._per_request = tuple(slo for slo in slos if slo.request_value())
        self._within = 0

    def take(self, records: Iterable[RequestRecord]) -> None:
        """Count the measured ones that completed within every SLO."""
        for record in records:
            self._within += record.phase is Phase.MEASURED and within_all(record, self._per_request)

    def states(self, snapshot: LiveSnapshot) -> tuple[SloState, ...]:
        """Each SLO now; no value before the first measured request has ended, or where none is live."""
        if not self._slos:
            return ()
        histograms = {name: getattr(snapshot, name) for name in HISTOGRAMS}
        figures = self._figures(snapshot)
        missing = snapshot.failed + snapshot.empty
        states = []
        for slo in self._slos:
            value = slo.value_of(histograms, figures, missing)
            met = slo.holds(value) if value is not None else False if missing else None
            states.append(SloState(expression=slo.expression, value=value, met=met))
        return tuple(states)

    def _figures(self, snapshot: LiveSnapshot) -> dict[str, float | None]:
        ended = snapshot.completed + snapshot.failed
        seconds = snapshot.elapsed_ns / 1e9
        if not ended or seconds <= 0:
            return {}
        return {
            "output_tps": speed_of_run(snapshot),
            "total_tps": (snapshot.prompt_tokens + snapshot.output_tokens) / seconds,
            "requests_per_second": snapshot.completed / seconds,
            "goodput": self._within / seconds,
            "error_rate": snapshot.failed / ended,
        }
