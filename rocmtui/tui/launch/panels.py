"""The parts of the launch screen besides its models: head, settings, the memory they take, the command."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.session.face_ports import LaunchCatalog
from rocmtui.core.session.launch import CommandPreview, MemoryFit, ModelChoice
from rocmtui.core.session.launch_words import (
    command_words,
    ctx_hint,
    error_words,
    found_words,
    layer_choices,
    parse_extra,
)
from rocmtui.core.text import forms as fmt
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import UsageError
from rocmtui.tui.form.field import FieldChanged
from rocmtui.tui.form.step_fields import ChoiceField, StepField
from rocmtui.tui.form.text_field import TextField
from rocmtui.tui.launch.fields import extra_problem, launch_fields
from rocmtui.tui.launch.fit_bar import FitBar
from rocmtui.tui.launch.machine import Machine

STEPPED = ("parallel", "ctx_per_slot", "cache_type_k", "cache_type_v", "flash_attn", "gpu", "gpu_layers")
"""Fields whose value is the plan's as it is."""


class Head(Horizontal):
    """What is done here; the server and the cards that were found, as far as there is room."""

    def __init__(self, what: str, machine: Machine) -> None:
        super().__init__(id="head")
        self._what = what
        self._machine = machine

    def compose(self) -> ComposeResult:
        """In one line."""
        yield Static(" rocmtui ", id="head-name")
        yield Static(self._what, id="head-what")
        yield Static("looking for llama-server …", id="head-found", markup=False)

    def show_found(self) -> None:
        """Say what is known by now."""
        for found in self.query("#head-found").results(Static):
            if (binary := self._machine.binary) is not None:
                warns, room = self.screen.has_class("-cpu"), found.content_size.width
                found.update(found_words(binary, self._machine.gpus, room, warns=warns))

    def on_resize(self) -> None:
        """There is more room, or less."""
        self.call_after_refresh(self.show_found)


class SettingsPanel(Vertical):
    """How the server is to be started."""

    def compose(self) -> ComposeResult:
        """A field a line, and what the focused one means."""
        self.border_title = "settings"
        yield from launch_fields()
        yield Static("", id="field-help", markup=False)

    @property
    def profile(self) -> str | None:
        """The name of the chosen profile; None for none."""
        return self.query_one("#field-profile", ChoiceField).value

    @property
    def problem(self) -> str | None:
        """Why what is typed is no setting at all; None where it is one."""
        return extra_problem(self.query_one("#field-extra_args", TextField).value)

    def show_profiles(self, names: Sequence[str], chosen: str | None, none_words: str) -> None:
        """Offer profiles besides the settings that have no name."""
        field = self.query_one("#field-profile", ChoiceField)
        field.set_choices([(None, none_words), *((name, clean_line(name, 24)) for name in names)])
        field.set_value(chosen)

    def show_plan(self, plan: LaunchPlan) -> None:
        """Put a plan's values into the fields, without messages."""
        for name in STEPPED:
            self.query_one(f"#field-{name}", StepField).set_value(getattr(plan, name))
        self.query_one("#field-extra_args", TextField).set_value(shlex.join(plan.extra_args))

    def show_extra_problem(self, problem: str | None) -> None:
        """Mark the extra flags with what the server refuses of them."""
        field = self.query_one("#field-extra_args", TextField)
        field.say(problem=self.problem or problem or "")

    def show_hints(self, plan: LaunchPlan, model: ModelChoice | None, was: dict[str, str]) -> None:
        """Say beside each value what follows from it, or what it was before."""
        for name in STEPPED:
            self.query_one(f"#field-{name}", StepField).say(was=was.get(name, ""))
        layers = self.query_one("#field-gpu_layers", ChoiceField)
        layers.set_choices(layer_choices(model.layers if model else None))
        hint = ctx_hint(plan, model)
        over = hint.startswith("over")
        ctx = self.query_one("#field-ctx_per_slot", StepField)
        ctx.say("" if over else hint, hint if over else "", was.get("ctx_per_slot", ""))


class FitPanel(Vertical):
    """The bar with its verdict in the border; below it what would make fit what does not, and the speed."""

    def compose(self) -> ComposeResult:
        """The bar, and the sentences below it."""
        self.border_title = "memory"
        yield FitBar(id="fit")
        yield Static("", id="fit-said", markup=False)

    def show_fit(self, fit: MemoryFit | None, waiting: str) -> None:
        """Draw an estimate, or say what it waits for."""
        bar = self.query_one(FitBar)
        bar.waiting = waiting
        bar.fit = fit
        self.set_class(fit is None, "-unknown")
        self.set_class(fit is not None and not fit.fits, "-over")
        said = self.query_one("#fit-said", Static)
        if fit is None:
            said.display = False
            self.border_title, self.border_subtitle = "memory", waiting
            return
        mark = "✓" if fit.fits else "✗"
        learned = f" · {fit.learned}" if fit.learned else ""
        self.border_title = Content(
            f"memory · {clean_line(fit.device, 40)} · {fmt.size(fit.total_bytes)}{learned}"
        )
        sentences = (
            f"try: {clean_line(fit.advice, 400)}" if fit.advice else "",
            clean_line(fit.doubt, 400),
            f"expect {fit.expect}" if fit.expect and fit.fits else "",
        )
        said.update("\n".join(filter(None, sentences)))
        said.display = any(sentences)
        self.border_subtitle = Content(f"{mark} {bar.words()}")


class CommandPanel(Vertical):
    """The exact command line that would run."""

    def compose(self) -> ComposeResult:
        """The words, wrapped."""
        self.border_title = "command"
        self.border_subtitle = "[@click=screen.copy][$accent]y[/] copies it[/]"
        yield Static("", id="command-text", markup=False)

    def show_plan(self, catalog: LaunchCatalog | None, plan: LaunchPlan) -> None:
        """Show what would be run, or why nothing can be; no catalog: the search for a server goes on."""
        text = Text("choose a model first" if catalog else "looking for llama-server …")
        if plan.model and catalog:
            try:
                text = self._words(catalog.command_line(plan))
            except UsageError as error:
                text = Text(error_words(error))
        self.query_one("#command-text", Static).update(text)

    @staticmethod
    def _words(preview: CommandPreview) -> Text:
        text = Text()
        for setting in preview.environment:
            text.append(f"{clean_line(setting, 200)} ", style="dim")
        text.append(clean_line(command_words(preview), 2000))
        for note in preview.notes:
            text.append(f"\n{clean_line(note, 200)}", style="italic")
        return text


def changed_values(event: FieldChanged) -> dict[str, object]:
    """What a field changes of the plan; nothing while it is wrong."""
    if not isinstance(event.field, TextField):
        return {event.name: event.field.value}
    try:
        return {event.name: parse_extra(event.field.value)}
    except UsageError:
        return {}
