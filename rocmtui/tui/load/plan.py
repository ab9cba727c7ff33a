"""The load plan: what is sent, how fast, for how long, and what would be good enough."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec
from textual.widget import Widget
from textual.widgets import Static

from rocmtui.core.load.draft.check import check_draft
from rocmtui.core.load.draft.fields import LoadDraft, can_change_live, draft_of
from rocmtui.core.load.draft.words import plan_words
from rocmtui.core.load.scenario import Scenario
from rocmtui.tui.dialogs.plan import PlanDialog
from rocmtui.tui.form.field import field_of
from rocmtui.tui.load.fields import HELP, SHOWN_FOR, YES_NO, load_fields

PROBLEM_FIELD = {"text": "prompt_text", "file": "prompt_file", "shared_prefix": "shared_prefix_tokens"}
"""Problems of check_draft that stand at a field of another name."""


class LoadChoice(msgspec.Struct, frozen=True):
    """What the load plan ends in."""

    scenario: Scenario
    draft: LoadDraft
    live: bool
    """The running load can become this one without a new start."""


class CheckedLoad(NamedTuple):
    """A draft judged."""

    plan: LoadChoice | None
    problems: dict[str, str]


class LoadPlanScreen(PlanDialog[LoadChoice]):
    """Shows the fields that matter to the kind of load.

    `running` is the scenario of the load under way, with the concurrency or rate it has now; `lack` says why
    none can start.
    """

    DEFAULT_CSS = """
    LoadPlanScreen > DialogBox { width: 84; }
    LoadPlanScreen #plan-words { padding: 0 1; }
    LoadPlanScreen #plan-help { height: 2; padding: 0 1; color: $muted; }
    LoadPlanScreen.-low #plan-help { display: none; }
    LoadPlanScreen.-low #plan-words { dock: bottom; }
    """
    name_of_work = "load plan"
    draft: LoadDraft

    def __init__(self, draft: LoadDraft, running: Scenario | None = None, lack: str = "") -> None:
        super().__init__()
        self._lack = lack
        self.draft = draft_of(running) if running else draft
        self._under_way = running

    def fields(self) -> Iterator[Widget]:
        """Fields, and what the one with the focus means."""
        yield from load_fields(self.draft)
        yield Static("", id="plan-help", markup=False)

    def on_mount(self) -> None:
        """Say what the focused field means."""
        self.watch(self, "focused", self._explain)

    def drafted(self, name: str, value: object) -> object:
        """Yes and no are words in the fields."""
        return value == "yes" if name in YES_NO else value

    def _explain(self, focused: Widget | None) -> None:
        self.query_one("#plan-help", Static).update(HELP.get(field_of(focused), ""))

    def check(self) -> CheckedLoad:
        """The draft judged; the other fields are hidden."""
        for field in self.query("StepField, TextField"):
            choice, values = SHOWN_FOR.get(field.name or "", ("", ()))
            field.display = not choice or getattr(self.draft, choice) in values
        checked, under_way = check_draft(self.draft, self._under_way), self._under_way
        problems = {PROBLEM_FIELD.get(name, name): text for name, text in checked.problems.items()}
        if checked.scenario is None:
            return CheckedLoad(None, problems)
        live = under_way is not None and can_change_live(under_way, checked.scenario)
        return CheckedLoad(LoadChoice(checked.scenario, self.draft, live), problems)

    def words(self, plan: LoadChoice) -> str:
        """The load, and what Enter does."""
        return f"{plan_words(plan.scenario)}\n{self._what_happens(plan.scenario, plan.live)}"

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
