"""Plans a sweep of a server: one that is started for it, or one that runs already."""

from __future__ import annotations

from textual.widget import Widget

from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.sweep.draft import AXES, CheckedSweep, SweepDraft, check_sweep, sweep_words
from rocmtui.core.sweep.report import SweepPlan
from rocmtui.tui.dialogs.plan import PlanDialog
from rocmtui.tui.form.step_fields import ChoiceField, NumberField
from rocmtui.tui.form.text_field import TextField


class SweepPlanScreen(PlanDialog[SweepPlan]):
    """What is varied, and the load of each level."""

    name_of_work = "sweep"

    def __init__(self, server: LaunchPlan | str) -> None:
        super().__init__()
        self._server = server
        self.draft = SweepDraft()

    def fields(self) -> list[Widget]:
        """The axis first."""
        draft = self.draft
        return [
            ChoiceField("vary", AXES, draft.axis, name="axis"),
            TextField("loads", draft.loads, name="loads", placeholder="found by doubling; or 1,2,4,8"),
            NumberField("seconds", draft.seconds, name="seconds", maximum=3600),
            NumberField("prompt", draft.prompt_tokens, name="prompt_tokens", doubles=True),
            NumberField("answer", draft.max_tokens, name="max_tokens", doubles=True),
            TextField("SLOs", draft.slo, name="slo", placeholder="e.g. ttft_p95<500ms; itl_p50<30ms"),
        ]

    def check(self) -> CheckedSweep:
        """The draft judged."""
        return check_sweep(self.draft, self._server)

    def words(self, plan: SweepPlan) -> str:
        """What would be tried."""
        stopped = "\nA server that runs now is stopped for it." if plan.launch is not None else ""
        return f"{sweep_words(plan)}.{stopped}"
