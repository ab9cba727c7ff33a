"""The exit code of a sweep in situations that cannot be had at will."""

from __future__ import annotations

from msgspec.structs import replace

from rocmtui.cli.commands.measure.sweep import exit_code_of_sweep
from rocmtui.core.sweep.plan import Level
from rocmtui.core.sweep.report import SweepReport, TriedLevel
from rocmtui.errors import ExitCode
from tests.core.exports.test_exports import sweep

SLOWED = "the server slows down: latency grew through the run"


def unadvised(*levels: Level) -> SweepReport:
    """No load of it is advised."""
    return replace(sweep(), levels=tuple(TriedLevel(level=level) for level in levels), best=None)


def test_a_sweep_whose_second_look_met_a_slower_machine_has_measured_something() -> None:
    first, second = Level(load=1, output_tps=80.0), Level(load=1, confirms=True, problem=SLOWED)
    assert exit_code_of_sweep(unadvised(first, second)) is ExitCode.DONE


def test_a_sweep_in_which_every_load_had_a_problem_has_not() -> None:
    levels = (Level(load=load, problem=SLOWED) for load in (1, 2))
    assert exit_code_of_sweep(unadvised(*levels)) is ExitCode.NOTHING_COMPLETED


def test_a_goal_that_every_measured_load_missed_is_said_before_that() -> None:
    missed, slowed = Level(load=1, slo_met=False), Level(load=2, problem=SLOWED)
    assert exit_code_of_sweep(unadvised(missed, slowed)) is ExitCode.SLO_MISSED
