"""The bench that tells two single runs apart: the servers of both, started in turn, in rounds."""

from __future__ import annotations

import msgspec

from rocmtui.core.bench.plan.cells import BenchPlan, checked
from rocmtui.core.bench.plan.variant import Variant
from rocmtui.core.server.state import FLAGS, LaunchPlan
from rocmtui.errors import UsageError

ROUNDS = 3
_OF_A_START = ("alias", "host", "port", "api_key_env", "start_timeout_s", "restart_on_crash")
"""Of no matter to what is measured."""


def bench_of_two(a: LaunchPlan | None, b: LaunchPlan | None) -> BenchPlan:
    """How A and B were served, as two variants of one bench. None: the server was not started by us.

    Raises UsageError where they differ in more than a binary and flags, or in nothing.
    """
    if a is None or b is None:
        which = "A" if a is None else "B"
        raise UsageError(f"the server of {which} was attached to", "a bench starts servers itself")
    launch, other = _shared(a), _shared(b)
    axes = ("model", "parallel", "ctx_per_slot", "gpu")
    unlike = [name.replace("_", " ") for name in axes if getattr(a, name) != getattr(b, name)]
    if launch != other:
        raise UsageError(f"A and B differ in {', '.join(unlike)}", "a bench tells binaries and flags apart")
    variants = _variant("A", a), _variant("B", b)
    if variants[0].flags == variants[1].flags and variants[0].server_bin == variants[1].server_bin:
        raise UsageError("both were started alike", "`rocmtui bench` with --rounds tells how much one varies")
    return checked(
        BenchPlan(
            models=(a.model,),
            parallel=(a.parallel,),
            contexts=(a.ctx_per_slot,),
            variants=variants,
            rounds=ROUNDS,
            launch=launch,
        )
    )


def _shared(plan: LaunchPlan) -> LaunchPlan:
    """What a bench gives to all its variants."""
    plain = LaunchPlan(model=plan.model)
    own = {name: getattr(plain, name) for name in (*FLAGS, *_OF_A_START)}
    return msgspec.structs.replace(plan, **own, server_bin=None, extra_args=())


def _variant(label: str, plan: LaunchPlan) -> Variant:
    named = [(names[0], getattr(plan, field)) for field, names in FLAGS.items()]
    flags = [word for flag, value in named if value is not None for word in (flag, value)]
    return Variant(label=label, server_bin=plan.server_bin, flags=(*flags, *plan.extra_args))
