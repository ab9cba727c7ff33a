"""Waiting for rest: at once when quiet, until it is cool, and not for ever."""

from __future__ import annotations

from rocmtui.core.bench.settling import MachineReading
from rocmtui.core.gpu.reading import GpuReading, GpuSample
from rocmtui.core.load.scenario import Scenario
from rocmtui.core.server.state import LaunchPlan
from rocmtui.services.bench.settle import Settler
from tests.fakes.bench_session import MadeMachine, MadeSession, StepClock

BUSY = MachineReading(cores=2, busy_cores=1.9)


def speed(_plan: LaunchPlan, _scenario: Scenario) -> float:
    return 1.0


class Settling:
    """A settler with a machine and a card to play with."""

    def __init__(self, longest_s: float = 20.0) -> None:
        self.clock, self.machine = StepClock(), MadeMachine()
        self.session = MadeSession(self.clock, speed)
        self.settler = Settler(self.session, self.machine, self.clock, longest_s)

    def heat(self, junction_c: float) -> None:
        card = GpuReading(pci="a", name="x", junction_c=junction_c)
        self.session.gpu = GpuSample(at_ns=0, gpus=(card,))


async def test_a_quiet_machine_is_used_after_one_look() -> None:
    of = Settling()
    of.settler.begin()
    seen = await of.settler.settle()
    assert (seen.waited_s, seen.unsettled) == (1.0, ())


async def test_a_card_is_let_cool_to_what_it_was_when_first_read() -> None:
    of = Settling()
    of.settler.begin()
    of.heat(45.0)
    assert (await of.settler.settle()).unsettled == ()
    of.heat(80.0)
    assert (await of.settler.settle()).unsettled == ("a card is at 80°C, it began at 45°C",)


async def test_the_wait_ends_as_soon_as_others_are_done() -> None:
    of = Settling()
    of.machine.readings = [MachineReading(cores=2), BUSY, BUSY, BUSY]
    of.settler.begin()
    seen = await of.settler.settle()
    assert (seen.waited_s, seen.unsettled) == (5.0, ())


async def test_a_machine_that_never_rests_is_waited_for_less_and_less() -> None:
    of = Settling(longest_s=20.0)
    of.machine.readings = [BUSY] * 100
    of.settler.begin()
    assert [(await of.settler.settle()).waited_s for _ in range(4)] == [20.0, 20.0, 2.0, 2.0]
