"""Verifies each setup of a bench once, against the first variant of its model."""

from __future__ import annotations

from collections.abc import Callable

from rocmtui.core.answers.distance import DEFAULT_MAX_KL
from rocmtui.core.answers.ports import Asker
from rocmtui.core.answers.reference import Reference
from rocmtui.core.answers.verification import Verification
from rocmtui.core.bench.plan.cells import BenchPlan, Setup
from rocmtui.core.bench.result import BenchResults
from rocmtui.core.server.state import ServerStatus
from rocmtui.errors import ServerError
from rocmtui.services.answers.reference import make_passages
from rocmtui.services.answers.verify import verify


class AnswerCheck:
    """One a bench. What was verified before an interruption is not verified again."""

    def __init__(self, plan: BenchPlan, results: BenchResults, ask: Callable[[ServerStatus], Asker]) -> None:
        self._plan = plan
        self._ask = ask
        self._references: dict[str, Reference] = {}
        self._done = {start.setup for start in results.starts if start.answers is not None}

    async def check(self, setup: Setup, status: ServerStatus) -> Verification | None:
        """What a setup that is ready answers; None where it was seen before or there is no reference."""
        if setup.key in self._done or not self._plan.verify:
            return None
        self._done.add(setup.key)
        asker = self._ask(status)
        try:
            reference = await self._reference(setup, asker)
            if reference is None:
                return None
            label = setup.variant.label
            return await verify(asker, reference, slots=setup.parallel, max_kl=DEFAULT_MAX_KL, subject=label)
        except ServerError:
            return None
        finally:
            await asker.close()

    async def _reference(self, setup: Setup, asker: Asker) -> Reference | None:
        """Of the first variant of the model; made when that is seen first."""
        known = self._references.get(setup.model)
        first = self._plan.variants[0].label
        if known is not None or setup.variant.label != first:
            return known
        way = await asker.way()
        if way is None:
            return None
        made = Reference(way=way, made_with=first, passages=await make_passages(asker, way))
        self._references[setup.model] = made
        return made
