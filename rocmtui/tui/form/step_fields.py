"""Form fields of one line whose value is stepped through: a choice, or a whole number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.widget import Widget

from rocmtui.core.text import forms
from rocmtui.tui.form.field import LABEL_CELLS, MOVE_BINDINGS, FieldChanged, field_id


class StepField(Widget, can_focus=True):
    """A value changed with left and right, a click on its arrows, or digits where it is a number."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"field--{part}" for part in ("label", "value", "arrow", "hint", "problem", "changed")
    }
    DEFAULT_CSS = """
    StepField { height: 1; }
    StepField:focus { background: $accent 20%; }
    StepField > .field--label { color: $muted; }
    StepField > .field--value { color: $foreground; text-style: bold; }
    StepField > .field--arrow { color: $accent; }
    StepField > .field--hint { color: $muted; }
    StepField > .field--problem { color: $error; text-style: bold; }
    StepField > .field--changed { color: $warning; }
    StepField:ansi:focus { background: $background; }
    StepField:ansi:focus > .field--value { text-style: bold reverse; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *MOVE_BINDINGS,
        Binding("left", "step(-1)", "less", show=False),
        Binding("right", "step(1)", "more", show=False),
    ]

    value: Any

    def __init__(self, label: str, *, name: str) -> None:
        super().__init__(name=name, id=field_id(name))
        self.label = label
        self._typed = ""
        """Digits of a number that is being typed."""
        self._hint = ""
        self._problem = ""
        self._was = ""

    def set_value(self, value: Any) -> None:
        """Show a value without telling the screen."""
        self.value = value
        self._typed = ""
        self.refresh()

    def shown_value(self) -> str:
        """The value in words."""
        raise NotImplementedError

    def stepped(self, direction: int) -> bool:
        """Go one step down (-1) or up (1); whether anything changed."""
        raise NotImplementedError

    def say(self, hint: str = "", problem: str = "", was: str = "") -> None:
        """Set what stands beside the value: what is wrong, else what it was before, else a hint."""
        if (hint, problem, was) != (self._hint, self._problem, self._was):
            self._hint, self._problem, self._was = hint, problem, was
            self.refresh()

    def changed(self) -> None:
        """Redraw and tell the screen."""
        self.refresh()
        self.post_message(FieldChanged(self, self.name or ""))

    def action_step(self, direction: int) -> None:
        """A key or a click asks for the next value."""
        if self.stepped(direction):
            self.changed()

    def on_click(self, event: events.Click) -> None:
        """The arrows step; the rest only focuses."""
        left = LABEL_CELLS + 1
        right = left + 3 + len(self.shown_value())
        if left <= event.x <= left + 1:
            self.action_step(-1)
        elif right - 1 <= event.x <= right + 1:
            self.action_step(1)

    def render_line(self, y: int) -> Strip:
        """Label, arrows, value, then the problem, what was before, or the hint where it has room."""
        del y
        arrow = self._style("arrow") if self.has_focus else self._style("hint")
        segments = [
            Segment("›" if self.has_focus else " ", self._style("arrow")),
            Segment(f"{self.label:<{LABEL_CELLS - 1}.{LABEL_CELLS - 1}}", self._style("label")),
            Segment(" ◂ ", arrow),
            Segment(self.shown_value(), self._style("value")),
            Segment(" ▸ ", arrow),
        ]
        if self._problem:
            segments.append(Segment(f" ✗ {self._problem}", self._style("problem")))
        elif self._was:
            segments.append(Segment(f" was {self._was}", self._style("changed")))
        elif self._hint and sum(map(len, (self._hint, *(s.text for s in segments)))) < self.size.width:
            segments.append(Segment(f" {self._hint}", self._style("hint")))
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"field--{name}")


class ChoiceField(StepField):
    """One of a few values, each with the words that stand for it."""

    value: str | None

    def __init__(
        self,
        label: str,
        choices: Sequence[tuple[str | None, str]],
        value: str | None = None,
        *,
        name: str,
    ) -> None:
        super().__init__(label, name=name)
        self.choices = tuple(choices)
        self.value = value

    def set_choices(self, choices: Sequence[tuple[str | None, str]]) -> None:
        """Offer other values; the current one stays even where it is not among them."""
        self.choices = tuple(choices)
        self.refresh()

    def shown_value(self) -> str:
        """The words of the value."""
        return next((words for value, words in self.choices if value == self.value), self.value or "–")

    def stepped(self, direction: int) -> bool:
        """Round and round."""
        values = [value for value, _ in self.choices]
        if not values or values == [self.value]:
            return False
        at = values.index(self.value) + direction if self.value in values else 0
        self.value = values[at % len(values)]
        return True


class NumberField(StepField):
    """A whole number: steps by one or doubles, or is typed. None is the place below the minimum."""

    value: int | None

    def __init__(
        self,
        label: str,
        value: int | None,
        *,
        name: str,
        minimum: int = 1,
        maximum: int = 1_000_000,
        doubles: bool = False,
        none_words: str | None = None,
    ) -> None:
        super().__init__(label, name=name)
        self.value = value
        self.minimum = minimum
        self.maximum = maximum
        self.doubles = doubles
        self.none_words = none_words

    def shown_value(self) -> str:
        """What is being typed (and what becomes of it, where that differs), else the value."""
        if self._typed:
            kept = (
                f" → {forms.count(self.value)}"
                if self.value is not None and int(self._typed) != self.value
                else ""
            )
            return f"{self._typed}▏{kept}"
        return (self.none_words or "–") if self.value is None else f"{forms.count(self.value)}"

    def stepped(self, direction: int) -> bool:
        """One more or less, or twice or half."""
        self._typed = ""
        old = self.value
        if old is None:
            self.value = self.minimum if direction > 0 else None
        else:
            new = (old * 2 if direction > 0 else old // 2) if self.doubles else old + direction
            below = new < self.minimum
            self.value = None if below and self.none_words else max(self.minimum, min(new, self.maximum))
        return self.value != old

    def on_key(self, event: events.Key) -> None:
        """Digits type a number, backspace takes one away."""
        if event.character and event.character.isascii() and event.character.isdigit():
            self._typed = f"{self._typed}{event.character}"[:9]
        elif event.key == "backspace":
            self._typed = (self._typed or ("" if self.value is None else str(self.value)))[:-1]
        else:
            return
        event.stop()
        nothing = None if self.none_words else self.minimum
        typed = int(self._typed) if self._typed else nothing
        self.value = None if typed is None else max(self.minimum, min(typed, self.maximum))
        self.changed()

    def on_blur(self) -> None:
        """Typing is over."""
        self._typed = ""
