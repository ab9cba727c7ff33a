"""How late the event loop runs, and what the process costs: the instrument watching itself."""

from __future__ import annotations

from collections.abc import Callable

from rocmtui.core.session.ports import Clock
from rocmtui.core.stats.histogram import Histogram

PERIOD_S = 0.05


class LoopWatch:
    """Sleeps PERIOD_S again and again and notes how much too late it wakes."""

    def __init__(self, clock: Clock, cpu_seconds: Callable[[], float]) -> None:
        self._clock = clock
        self._cpu_seconds = cpu_seconds
        self._cpu_at_start = cpu_seconds()
        self._lag_ms = Histogram()
        self._last_ns = clock.monotonic_ns()
        self._last_cpu = self._cpu_at_start

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            due_ns = self._clock.monotonic_ns() + round(PERIOD_S * 1e9)
            await self._clock.sleep(PERIOD_S)
            self._lag_ms.add(max(self._clock.monotonic_ns() - due_ns, 0) / 1e6)

    @property
    def cpu_seconds(self) -> float:
        """CPU of this process since the watch was made."""
        return self._cpu_seconds() - self._cpu_at_start

    @property
    def lag_ms_p99(self) -> float | None:
        """Lateness that 1 % of the wake-ups exceeded; None before the first."""
        return self._lag_ms.quantile(0.99)

    @property
    def lag_ms_max(self) -> float | None:
        """The latest wake-up."""
        return self._lag_ms.max

    def cpu_fraction(self) -> float | None:
        """CPU over wall time since the last call; None when no time passed."""
        now_ns, cpu = self._clock.monotonic_ns(), self._cpu_seconds()
        wall_s = (now_ns - self._last_ns) / 1e9
        used_s = cpu - self._last_cpu
        self._last_ns, self._last_cpu = now_ns, cpu
        return used_s / wall_s if wall_s > 0 else None
