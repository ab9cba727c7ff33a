"""What a bench runs, and in which order: models x contexts x slots x variants x tests, in rounds.

Within a round each setup is started once and runs all its tests; odd rounds go backwards (A B, B A, A B),
so that a machine that drifts drifts through both sides alike.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from rocmtui.core.answers.reference import CPU
from rocmtui.core.bench.plan.suite import OF_A_DEPTH, SUITE, BenchTest
from rocmtui.core.bench.plan.texts import TEXTS
from rocmtui.core.bench.plan.variant import BASELINE, Variant
from rocmtui.core.load.far.engine import Engine
from rocmtui.core.load.scenario import WHOLE, Endpoint, Scenario
from rocmtui.core.server.command import DEFAULT_CTX, refuse_keys
from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.stats.sequential import FEWEST_ROUNDS
from rocmtui.core.text import forms
from rocmtui.errors import UsageError


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """One way a server is started: what stays the same over all rounds."""

    model: str
    parallel: int
    variant: Variant
    ctx: int | None = None
    """Context of a slot; None: the default."""

    @property
    def key(self) -> str:
        """Unique in a bench and the same when it is resumed."""
        return f"{self.model}|{self.ctx or '-'}|{self.parallel}|{self.variant.label}"

    @property
    def place(self) -> dict[str, Any]:
        """The model, context and variant, as the rows of a report name them."""
        return {"model": self.model, "ctx": self.ctx, "variant": self.variant.label}


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """One start of a server in one round, and the tests to run on it."""

    setup: Setup
    round: int
    tests: tuple[BenchTest, ...]


class BenchPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A whole bench; written to plan.json."""

    models: tuple[str, ...]
    parallel: tuple[int, ...] = (1,)
    contexts: tuple[int | None, ...] = (None,)
    variants: tuple[Variant, ...] = (BASELINE,)
    tests: tuple[BenchTest, ...] = SUITE
    rounds: int = 5
    """How many; the most, where `auto`."""
    auto: bool = False
    """Go on until every comparison is decided or known well enough."""
    resolve: float = 0.03
    """Auto: half an interval (0.03 is 3 %) within which a difference is known well enough."""
    verify: bool = True
    """Compare what each variant answers with the first one, or with `against`."""
    against: str | None = None
    """`cpu`, or the file of a saved reference."""
    launch: LaunchPlan = LaunchPlan(model="")
    """What all setups share: GPU, binary, cache types, extra flags. Its model and slots are not used."""
    endpoint: Endpoint = "completion"
    seed: int = 1
    timeout_s: float = 300.0
    settle_s: float = 60.0
    """Longest wait for a quiet, cool machine before a test."""
    title: str = ""
    processes: int = 1
    engine: Engine | None = None
    """Where the load processes run; None: on this machine."""

    def name_of(self, model: str) -> str:
        """A model's short name: its file name, or its path where two file names are equal."""
        name = forms.model_name(model)
        return name if [forms.model_name(other) for other in self.models].count(name) == 1 else model

    def launch_for(self, setup: Setup) -> LaunchPlan:
        """The server start of a setup."""
        plan = msgspec.structs.replace(
            self.launch, model=setup.model, parallel=setup.parallel, ctx_per_slot=setup.ctx
        )
        return setup.variant.applied(plan)

    def scenario_for(self, setup: Setup, test: BenchTest, round_: int) -> Scenario:
        """The load of a test; the same seed for all setups of a round, another one each round."""
        scenario = test.scenario(
            verify=self.verify,
            parallel=setup.parallel,
            seed=self.seed + round_,
            endpoint=self.endpoint,
            timeout_s=self.timeout_s,
        )
        return msgspec.structs.replace(scenario, processes=self.processes, engine=self.engine)


CellKey = tuple[str, str, int]
"""Setup key, test name, round."""


def checked(plan: BenchPlan) -> BenchPlan:
    """The plan itself. Raises UsageError where it cannot be run as it stands."""
    refuse_keys(plan.launch.extra_args)
    if plan.endpoint in WHOLE:
        raise UsageError(f"a bench has no endpoint {plan.endpoint}", "use `rocmtui load`")
    if not plan.models:
        raise UsageError("no model to bench", "give one or more with -m FILE.gguf")
    axes = {"--model": plan.models, "--parallel": plan.parallel, "--ctx-size": plan.contexts}
    for name, values in axes.items():
        if len(set(values)) != len(values):
            raise UsageError(f"{name} names the same value twice", "give each once; --rounds repeats them")
    if plan.auto and plan.rounds < FEWEST_ROUNDS:
        raise UsageError(f"--max-rounds {plan.rounds} is too few", f"verdicts need {FEWEST_ROUNDS}")
    if not 0.001 <= plan.resolve <= 1:
        raise UsageError(f"--resolve {plan.resolve:.3%} is out of range", "0.1% to 100%")
    if plan.rounds < 1 or min(plan.parallel, default=0) < 1:
        raise UsageError("rounds and slots must be 1 or more")
    if plan.against is not None and not plan.verify:
        raise UsageError("--against compares answers, --no-verify does not", "give one of them")
    if plan.against not in (None, CPU) and len(plan.models) > 1:
        raise UsageError("a saved reference is of one model", "--against cpu, or bench one model at a time")
    names = [test.name for test in plan.tests]
    if not names or len(set(names)) != len(names):
        raise UsageError("the suite needs tests, and each once", f"it has: {', '.join(names) or 'none'}")
    for test in plan.tests:
        _check_test(test, min(ctx or DEFAULT_CTX for ctx in plan.contexts))
    return plan


def _check_test(test: BenchTest, ctx: int) -> None:
    if min(test.requests, test.max_tokens, test.prompt_tokens) < 1 or test.warmup < 0:
        raise UsageError(f"{test.name}: requests, prompt and output tokens must be 1 or more")
    if test.depth < 0 or (test.depth and test.kind not in OF_A_DEPTH):
        raise UsageError(f"{test.name} has no depth", f"these have: {', '.join(OF_A_DEPTH)}")
    if (test.attack_tokens > 0) != (test.kind == "neighbour"):
        raise UsageError(f"{test.name}: attack_tokens belong to neighbour, and are 1 or more")
    if (test.text is not None) != (test.kind == "draft"):
        raise UsageError(f"{test.name}: a text belongs to draft", f"one of {', '.join(TEXTS)}")
    if test.kind in ("decode", "concurrent", "neighbour", "draft") and test.max_tokens < 2:
        raise UsageError(f"{test.name}: decode speed needs 2 output tokens or more")
    if test.tokens > ctx:
        raise UsageError(
            f"{test.name} needs {test.tokens} tokens of context, a slot has {ctx}",
            f"give --ctx-per-slot {test.tokens} or more",
        )


def setups(plan: BenchPlan, *models: str) -> tuple[Setup, ...]:
    """All setups of these models, or of every one, in the order of an even round: variants side by side."""
    return tuple(
        Setup(model=model, ctx=ctx, parallel=parallel, variant=variant)
        for model in models or plan.models
        for ctx in plan.contexts
        for parallel in plan.parallel
        for variant in plan.variants
    )


def starts(plan: BenchPlan, done: Collection[CellKey] = ()) -> tuple[Start, ...]:
    """Every server start still to do, in order; tests whose cell is `done` are left out."""
    todo: list[Start] = []
    for model in plan.models:
        forward = setups(plan, model)
        for round_ in range(plan.rounds):
            for setup in forward if round_ % 2 == 0 else reversed(forward):
                tests = tuple(t for t in plan.tests if (setup.key, t.name, round_) not in done)
                if tests:
                    todo.append(Start(setup=setup, round=round_, tests=tests))
    return tuple(todo)
