"""Plans a bench of the model and binary that run now."""

from __future__ import annotations

from typing import ClassVar

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from rocmtui.core.bench.plan.cells import BenchPlan
from rocmtui.core.bench.plan.draft import KINDS, BenchDraft, bench_words, check_bench
from rocmtui.core.server.state import LaunchPlan
from rocmtui.tui.dialogs.dialog import Dialog, DialogBox, Key
from rocmtui.tui.form.field import FieldChanged, field_id
from rocmtui.tui.form.step_fields import NumberField
from rocmtui.tui.form.text_field import TextField


class BenchPlanScreen(Dialog[BenchPlan | None]):
    """Enter ends in a plan, Esc in None."""

    DEFAULT_CSS = """
    BenchPlanScreen > DialogBox { width: 96; padding: 0 1; }
    BenchPlanScreen #bench-words { height: auto; padding: 1 1 0 1; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "start", show=False),
        Binding("escape", "dismiss(None)", "cancel", show=False),
    ]

    def __init__(self, launch: LaunchPlan) -> None:
        super().__init__()
        self._launch = launch
        self.draft = BenchDraft()
        self._plan: BenchPlan | None = None

    def compose(self) -> ComposeResult:
        """The fields, and what would be run."""
        draft = self.draft
        with DialogBox("bench", Key("enter", "start", "take"), Key("esc", "cancel", "dismiss(None)")):
            yield TextField("slots", draft.slots, name="slots", placeholder="1,4")
            yield NumberField("rounds", draft.rounds, name="rounds", maximum=100)
            yield TextField(
                "variants", draft.variants, name="variants", placeholder="fa on: -fa on; fa off: -fa off"
            )
            yield TextField("tests", draft.tests, name="tests", placeholder=",".join(KINDS))
            yield Static("", id="bench-words", markup=False)

    def on_mount(self) -> None:
        """Check the draft as it comes."""
        self.query_one(f"#{field_id('slots')} Input", Input).focus()
        self._check()

    @on(FieldChanged)
    def _field_changed(self, event: FieldChanged) -> None:
        self.draft = msgspec.structs.replace(self.draft, **{event.name: event.field.value})
        self._check()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_take()

    def action_take(self) -> None:
        """End in the plan, unless something is wrong with it."""
        if self._plan is None:
            self.app.bell()
        else:
            self.dismiss(self._plan)

    def _check(self) -> None:
        checked = check_bench(self.draft, self._launch)
        self._plan = checked.plan
        for field in self.query(TextField):
            field.say(problem=checked.problems.get(field.name or "", ""))
        words = self.query_one("#bench-words", Static)
        if checked.plan is not None:
            words.update(f"{bench_words(checked.plan)}.\nThe server that runs now is stopped for it.")
        else:
            words.update("\n".join(checked.problems.values()))
