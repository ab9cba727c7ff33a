"""Plans a bench of a model and binary."""

from __future__ import annotations

from textual.widget import Widget

from rocmtui.core.bench.plan.cells import BenchPlan
from rocmtui.core.bench.plan.draft import KINDS, BenchDraft, CheckedBench, bench_words, check_bench
from rocmtui.core.server.state import LaunchPlan
from rocmtui.tui.dialogs.plan import PlanDialog
from rocmtui.tui.form.step_fields import NumberField
from rocmtui.tui.form.text_field import TextField


class BenchPlanScreen(PlanDialog[BenchPlan]):
    """Variants, slots, rounds and tests of a server that is started for each."""

    name_of_work = "bench"

    def __init__(self, launch: LaunchPlan) -> None:
        super().__init__()
        self._launch = launch
        self.draft = BenchDraft()

    def fields(self) -> list[Widget]:
        """What differs, how often, and what is measured."""
        draft = self.draft
        return [
            TextField("slots", draft.slots, name="slots", placeholder="e.g. 1,4"),
            NumberField("rounds", draft.rounds, name="rounds", maximum=100),
            TextField(
                "variants", draft.variants, name="variants", placeholder="e.g. fa on: -fa on; fa off: -fa off"
            ),
            TextField("tests", draft.tests, name="tests", placeholder=",".join(KINDS)),
        ]

    def check(self) -> CheckedBench:
        """The draft judged."""
        return check_bench(self.draft, self._launch)

    def words(self, plan: BenchPlan) -> str:
        """What would be run."""
        return f"{bench_words(plan)}.\nA server that runs now is stopped for it."
