"""Waits until the machine is at rest before a test."""

from __future__ import annotations

import msgspec

from rocmtui.core.bench.result import MachineSeen
from rocmtui.core.bench.settling import MachineReading, unsettled, with_gpus, with_host
from rocmtui.core.session.ports import Clock
from rocmtui.services.bench.ports import BenchSession, MachineWatch

STEP_S = 2.0
IMPATIENT_AFTER = 2
"""When the wait ran out this often in a row, later ones are a tenth as long: the machine is like that."""


class Settler:
    """One for a bench; `begin` notes how the machine was at its start, the cards as soon as they are read."""

    def __init__(
        self, session: BenchSession, machine: MachineWatch, clock: Clock, longest_wait_s: float
    ) -> None:
        self._session = session
        self._machine = machine
        self._clock = clock
        self._longest_wait_s = longest_wait_s
        self._start = MachineReading()
        self._ran_out = 0

    def begin(self) -> None:
        """Note how the machine is now."""
        self._start = self._read()

    async def settle(self) -> MachineSeen:
        """Return at once when all is quiet, else when it is, or the wait has run out."""
        limit_s = self._longest_wait_s / (10 if self._ran_out >= IMPATIENT_AFTER else 1)
        began_ns = self._clock.monotonic_ns()
        self._read()
        await self._clock.sleep(min(STEP_S / 2, limit_s))
        while True:
            now = self._read()
            if self._start.hottest_c is None:
                self._start = msgspec.structs.replace(
                    self._start, hottest_c=now.hottest_c, gpu_users=now.gpu_users
                )
            reasons = unsettled(now, self._start)
            waited_s = (self._clock.monotonic_ns() - began_ns) / 1e9
            if not reasons or waited_s >= limit_s:
                self._ran_out = self._ran_out + 1 if reasons else 0
                return MachineSeen(
                    waited_s=round(waited_s, 1),
                    load_average=now.load_average,
                    cores=now.cores,
                    hottest_c=now.hottest_c,
                    gpu_users=now.gpu_users,
                    unsettled=reasons,
                )
            await self._clock.sleep(min(STEP_S, limit_s - waited_s))

    def _read(self) -> MachineReading:
        view = self._session.view()
        return with_host(with_gpus(self._machine.read(view.server.pid), view.gpu), view.host)
