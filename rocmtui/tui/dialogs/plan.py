"""What planning a bench and planning a sweep share: fields, checked as one types, that end in a plan."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input, Static

from rocmtui.tui.dialogs.dialog import Dialog, DialogBox
from rocmtui.tui.form.field import FieldChanged
from rocmtui.tui.form.step_fields import StepField
from rocmtui.tui.form.text_field import TextField

Plan = TypeVar("Plan")
PlanOut = TypeVar("PlanOut", covariant=True)


class Checked(Protocol[PlanOut]):
    """The plan of a draft, or what is wrong with it, by field."""

    @property
    def plan(self) -> PlanOut | None: ...

    @property
    def problems(self) -> dict[str, str]: ...


class PlanDialog(Dialog[Plan | None], Generic[Plan]):
    """Enter ends in a plan, Esc in None; who inherits gives the fields, checks them and says what is run."""

    DEFAULT_CSS = """
    PlanDialog > DialogBox { width: 96; }
    PlanDialog > DialogBox, PlanDialog.-low > DialogBox { padding: 0 0 0 1; }
    PlanDialog #plan-words { height: auto; padding: 1 1 0 1; text-style: bold; }
    PlanDialog #plan-words.-wrong { color: $error; text-style: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "start"),
        Binding("escape", "dismiss(None)", "cancel", key_display="esc"),
    ]
    name_of_work: ClassVar[str]
    draft: Any
    """What stands in the fields, a struct with a field of that name each."""

    def __init__(self) -> None:
        super().__init__()
        self._plan: Plan | None = None

    def fields(self) -> Iterable[Widget]:
        """The fields of the draft."""
        raise NotImplementedError

    def check(self) -> Checked[Plan]:
        """The draft judged."""
        raise NotImplementedError

    def words(self, plan: Plan) -> str:
        """What would be run, in a sentence or two."""
        raise NotImplementedError

    def drafted(self, name: str, value: Any) -> Any:
        """The value of a field as the draft has it."""
        return value

    def compose(self) -> ComposeResult:
        """The fields, and what would be run."""
        with DialogBox(self.name_of_work, *self.foot()):
            yield from self.fields()
            yield Static("", id="plan-words", markup=False)

    def on_mount(self) -> None:
        """Check the draft as it comes."""
        self.query("TextField Input, StepField").first(Widget).focus()
        self._check()

    @on(FieldChanged)
    def _field_changed(self, event: FieldChanged) -> None:
        value = self.drafted(event.name, event.field.value)
        self.draft = msgspec.structs.replace(self.draft, **{event.name: value})
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
        checked = self.check()
        self._plan = checked.plan
        for field in self.query("StepField, TextField").results():
            if isinstance(field, (StepField, TextField)):
                field.say(problem=checked.problems.get(field.name or "", ""))
        words = self.query_one("#plan-words", Static)
        words.set_class(checked.plan is None, "-wrong")
        wrong = "\n".join(f"✗ {text}" for text in checked.problems.values())
        words.update(wrong if checked.plan is None else self.words(checked.plan))
