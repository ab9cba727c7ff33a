"""What others did on the server while it was measured: the figures are of both then."""

from __future__ import annotations

from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.session.events import Event, ServerTraffic
from rocmtui.core.text import forms

LEAST_TPS = 0.5
"""Below this what is not ours may be the two clocks' disagreement."""


class OthersTally:
    """Counts their requests and keeps their highest speed."""

    def __init__(self) -> None:
        self._under_way = False
        self._requests = self._tokens = 0
        self._most_tps = 0.0

    def observe(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, LiveSnapshot):
            self._under_way = event.phase in ("warmup", "measured", "drain")
        elif isinstance(event, ServerTraffic) and self._under_way:
            theirs = [served for served in event.served if not served.ours]
            self._requests += len(theirs)
            self._tokens += sum(served.output_tokens for served in theirs)
            self._most_tps = max(self._most_tps, event.others_decode_tps or 0.0)

    @property
    def words(self) -> str | None:
        """A warning; None where nobody else was seen."""
        if not self._requests and self._most_tps < LEAST_TPS:
            return None
        ended = f"{self._requests} request{'s' * (self._requests != 1)} of theirs ended"
        parts = [f"{ended} ({self._tokens} tokens)"] if self._requests else []
        if self._most_tps >= LEAST_TPS:
            parts.append(f"up to {forms.tps(self._most_tps)} tok/s beside ours")
        return f"other clients used the server while it was measured: {', '.join(parts)}"
