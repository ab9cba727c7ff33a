"""The load plan: what is sent, how fast, for how long, and what would be good enough."""

from __future__ import annotations

from typing import ClassVar

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input, Static

from rocmtui.core.load.draft.check import check_draft
from rocmtui.core.load.draft.fields import LoadDraft, can_change_live, draft_of
from rocmtui.core.load.draft.words import plan_words
from rocmtui.core.load.scenario import Scenario
from rocmtui.tui.dialogs.dialog import Dialog, DialogBox, Key
from rocmtui.tui.form.field import FieldChanged, field_id, field_of
from rocmtui.tui.form.step_fields import ChoiceField, NumberField
from rocmtui.tui.form.text_field import TextField
from rocmtui.tui.load.fields import HELP, SHOWN_FOR, YES_NO, load_fields

PROBLEM_FIELD = {"text": "prompt_text", "file": "prompt_file", "shared_prefix": "shared_prefix_tokens"}
"""Problems of check_draft that stand at a field of another name."""


LOW = [(0, "-low"), (20, "-roomy")]


class LoadChoice(msgspec.Struct, frozen=True):
    """What the load plan ends in."""

    scenario: Scenario
    draft: LoadDraft
    live: bool
    """The running load can become this one without a new start."""


class LoadPlanScreen(Dialog[LoadChoice | None]):
    """Edits a draft; checks it as one types; Enter ends in a LoadChoice, Esc in None.

    `running` is the scenario of the load under way, with the concurrency or rate it has now; `lack` says why
    none can start.
    """

    DEFAULT_CSS = """
    LoadPlanScreen > DialogBox { width: 84; padding: 0 1; }
    LoadPlanScreen #plan-words { height: auto; padding: 0 1; text-style: bold; }
    LoadPlanScreen #plan-help { height: 2; padding: 0 1; color: $muted; }
    LoadPlanScreen.-low #plan-help { display: none; }
    LoadPlanScreen.-low #plan-words { dock: bottom; }
    LoadPlanScreen #plan-words.-wrong { color: $error; text-style: none; }
    """
    VERTICAL_BREAKPOINTS = LOW
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "start", show=False),
        Binding("escape", "dismiss(None)", "cancel", show=False),
    ]

    def __init__(self, draft: LoadDraft, running: Scenario | None = None, lack: str = "") -> None:
        super().__init__()
        self._lack = lack
        self.draft = draft_of(running) if running else draft
        self._under_way = running
        self._choice: LoadChoice | None = None

    def compose(self) -> ComposeResult:
        """Fields, what they mean, the plan in words."""
        keys = (Key("enter", "start", "take"), Key("esc", "cancel", "dismiss(None)"))
        with DialogBox("load plan", *keys):
            yield from load_fields(self.draft)
            yield Static("", id="plan-help", markup=False)
            yield Static("", id="plan-words", markup=False)

    def on_mount(self) -> None:
        """Check the draft as it comes."""
        self.query_one(f"#{field_id('shape')}").focus()
        self.watch(self, "focused", self._explain)
        self._check()

    @on(FieldChanged)
    def _field_changed(self, event: FieldChanged) -> None:
        value: object = event.field.value
        if event.name in YES_NO:
            value = value == "yes"
        self.draft = msgspec.structs.replace(self.draft, **{event.name: value})
        self._check()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_take()

    def _explain(self, focused: Widget | None) -> None:
        """Say what the focused field means."""
        self.query_one("#plan-help", Static).update(HELP.get(field_of(focused), ""))

    def action_take(self) -> None:
        """End in the plan, unless something is wrong with it."""
        if self._choice is None:
            self.app.bell()
        else:
            self.dismiss(self._choice)

    def _check(self) -> None:
        """Show the fields that matter, their problems, and the plan in words."""
        checked = check_draft(self.draft, self._under_way)
        problems = {PROBLEM_FIELD.get(name, name): text for name, text in checked.problems.items()}
        for field in self.query("StepField, TextField").results():
            name = field.name or ""
            choice, values = SHOWN_FOR.get(name, ("", ()))
            field.display = not choice or getattr(self.draft, choice) in values
            if isinstance(field, (NumberField, ChoiceField, TextField)):
                field.say(problem=problems.get(name, ""))
        words = self.query_one("#plan-words", Static)
        words.set_class(checked.scenario is None, "-wrong")
        if checked.scenario is None:
            self._choice = None
            words.update("\n".join(f"✗ {text}" for text in problems.values()))
            return
        live = self._under_way is not None and can_change_live(self._under_way, checked.scenario)
        self._choice = LoadChoice(checked.scenario, self.draft, live)
        words.update(f"{plan_words(checked.scenario)}\n{self._what_happens(checked.scenario, live)}")

    def _what_happens(self, scenario: Scenario, live: bool) -> str:
        if self._lack:
            return f"Enter keeps the plan; it cannot start: {self._lack}."
        if self._under_way is None:
            return "Enter starts it."
        if scenario == self._under_way:
            return "This load is running."
        return (
            "Enter changes the running load."
            if live
            else "Enter ends the running load (it is kept) and starts this one."
        )
