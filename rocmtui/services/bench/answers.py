"""Verifies each setup of a bench once, against a reference or the first variant of its model."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from rocmtui.core.answers.distance import DEFAULT_MAX_KL
from rocmtui.core.answers.ports import Asker
from rocmtui.core.answers.reference import Reference
from rocmtui.core.answers.verification import Verification
from rocmtui.core.bench.plan.cells import BenchPlan, Setup
from rocmtui.core.bench.result import BenchResults
from rocmtui.core.server.state import ServerStatus
from rocmtui.errors import RocmtuiError, ServerError
from rocmtui.services.answers.reference import make_passages
from rocmtui.services.answers.verify import verify


class AnswerCheck:
    """One a bench. What was verified before an interruption is not verified again."""

    def __init__(
        self,
        plan: BenchPlan,
        results: BenchResults,
        ask: Callable[[ServerStatus], Asker],
        reference_of: Callable[[str], Awaitable[Reference]] | None = None,
    ) -> None:
        """`reference_of` a model, where it is not the first variant that all are compared with."""
        self._plan = plan
        self._ask = ask
        self._reference_of = reference_of
        self._references: dict[str, Reference | None] = {}
        self._done = {start.setup for start in results.starts if start.answers is not None}

    async def prepare(self, setup: Setup) -> None:
        """Before a setup starts: get the reference of its model, which may need a server of its own."""
        if self._reference_of is None or setup.model in self._references or not self._plan.verify:
            return
        try:
            self._references[setup.model] = await self._reference_of(setup.model)
        except RocmtuiError:  # of this model there is none
            self._references[setup.model] = None

    async def check(self, setup: Setup, status: ServerStatus) -> Verification | None:
        """What a setup that is ready answers; None where it was seen before or there is no reference."""
        is_seen = setup.key in self._done
        if not self._plan.verify or (is_seen and not self._makes_reference(setup)):
            return None
        asker = self._ask(status)
        try:
            reference = await self._reference(setup, asker)
            if reference is None or is_seen:
                return None
            label, slots = setup.variant.label, setup.parallel
            found = await verify(asker, reference, slots=slots, max_kl=DEFAULT_MAX_KL, subject=label)
            self._done.add(setup.key)
            return found
        except ServerError:
            return None
        finally:
            await asker.close()

    def _makes_reference(self, setup: Setup) -> bool:
        """Also one that was seen before an interruption: the others are still to be compared with it."""
        return (
            self._reference_of is None
            and setup.model not in self._references
            and setup.variant.label == self._plan.variants[0].label
        )

    async def _reference(self, setup: Setup, asker: Asker) -> Reference | None:
        """Of the first variant of the model it is made when that is seen first."""
        if not self._makes_reference(setup):
            return self._references.get(setup.model)
        way = await asker.way()
        if way is None:
            return None
        label = setup.variant.label
        made = Reference(way=way, made_with=label, passages=await make_passages(asker, way))
        self._references[setup.model] = made
        return made
