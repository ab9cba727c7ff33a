"""The parts of the launch screen: the models found, the settings, the memory they take, the command."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from rocmtui.core.gguf.fit import CONTEXTS
from rocmtui.core.runs.speeds import PastSpeeds, past_words
from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.session.face_ports import LaunchCatalog
from rocmtui.core.session.launch import CommandPreview, MemoryFit, ModelChoice, ModelsFound
from rocmtui.core.session.launch_words import (
    command_words,
    ctx_hint,
    error_words,
    layer_choices,
    model_details,
    parse_extra,
)
from rocmtui.core.text import forms as fmt
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import UsageError
from rocmtui.tui.draw.lines import Part, Span, choose, cut_front
from rocmtui.tui.form.field import FieldChanged
from rocmtui.tui.form.pick_list import Column, PickList, Row
from rocmtui.tui.form.step_fields import ChoiceField, StepField
from rocmtui.tui.form.text_field import TextField
from rocmtui.tui.launch.fields import extra_problem, launch_fields
from rocmtui.tui.launch.fit_bar import FitBar

if TYPE_CHECKING:
    from rocmtui.core.runs.entry import RunEntry

STEPPED = ("parallel", "ctx_per_slot", "cache_type_k", "cache_type_v", "flash_attn", "gpu", "gpu_layers")
"""Fields whose value is the plan's as it is."""
MODEL_COLUMNS = (
    Column(title="model", least=20, most=72),
    Column(title="quant", cells=7, priority=1),
    Column(title="params", cells=6, align="right", priority=3),
    Column(title="size", cells=8, align="right"),
    *(
        Column(title=fmt.context(ctx), cells=4, align="right", priority=9 - at if at else 2)
        for at, ctx in enumerate(CONTEXTS)
    ),
    Column(title="speed here", cells=12, align="right", priority=2),
)
"""Named by a context: how many slots of it fit."""


class ModelPanel(Vertical):
    """The models found so far, a filter, and where was looked."""

    _models: tuple[ModelChoice, ...] = ()
    _slots: dict[str, tuple[int | None, ...]]
    """Slots that fit of each context, by path, with the settings of `_slots_key`."""
    _slots_key: object = None

    def compose(self) -> ComposeResult:
        """Filter, list, message in its place, details of the chosen one."""
        self.border_title = "model"
        self._slots = {}
        self._speeds = PastSpeeds()
        yield Input(placeholder="part of a name", compact=True, id="filter")
        yield PickList(MODEL_COLUMNS, id="models")
        yield Static("searching for models …", id="models-message", markup=False)
        yield Static("", id="model-details", markup=False)

    @property
    def chosen(self) -> ModelChoice | None:
        """The model under the cursor."""
        row = self.query_one(PickList).chosen
        return next((model for model in self._models if row and model.path == row.key), None)

    def show_found(self, found: ModelsFound, path: str) -> None:
        """Show the end of the search with the cursor on `path`, which is listed wherever it is."""
        self._models = found.models
        if path and all(model.path != path for model in found.models):
            self._models = (ModelChoice(path=path, name=path.rpartition("/")[2]), *found.models)
        listed = self.query_one(PickList)
        listed.display = bool(self._models)
        message = self.query_one("#models-message", Static)
        message.display = not self._models
        self.query_one("#model-details").display = bool(self._models)
        if not self._models:
            message.update(_none_found(found.looked_in))
        self._show_rows(path)

    def show_slots(self, slots_at: Callable[[str], tuple[int | None, ...]], key: object) -> None:
        """Say how many slots of each context fit; worked out where `key`, the other settings, changed."""
        if key == self._slots_key and len(self._slots) == len(self._models):
            return
        self._slots_key = key
        self._slots = {model.path: slots_at(model.path) for model in self._models if not model.problem}
        self._show_rows(self.chosen.path if self.chosen else "")

    def show_speeds(self, speeds: PastSpeeds) -> None:
        """Say how fast the models ran here before."""
        self._speeds = speeds
        self._show_rows(self.chosen.path if self.chosen else "")

    def _past(self, model: ModelChoice) -> RunEntry | None:
        return self._speeds.of(model.path, model.name, model.quantization)

    def show_failure(self, message: str) -> None:
        """Say why the search ended without a result."""
        self.query_one("#models-message", Static).update(message)

    def move_to(self, path: str) -> None:
        """Put the cursor on a model, taking the filter away; it is listed wherever it is."""
        with self.prevent(Input.Changed):
            self.query_one("#filter", Input).value = ""
        self.query_one("#filter").display = False
        self.show_found(ModelsFound(models=self._models), path)

    def open_filter(self) -> None:
        """Type to narrow the list."""
        box = self.query_one("#filter", Input)
        box.display = True
        box.focus()

    def close_filter(self) -> None:
        """Show all models again."""
        box = self.query_one("#filter", Input)
        box.value = ""
        box.display = False
        self.query_one(PickList).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the list."""
        event.stop()
        self._show_rows("")
        if self.chosen:
            self.post_message(PickList.Moved(self.chosen.path))

    def show_details(self) -> None:
        """Tell more of the chosen model."""
        model = self.chosen
        details = self.query_one("#model-details", Static)
        details.update(
            "" if model is None else _details(model, self._past(model), details.content_size.width)
        )

    def on_resize(self) -> None:
        """As much as there is room for."""
        self.call_after_refresh(self.show_details)

    def _show_rows(self, path: str) -> None:
        wanted = self.query_one("#filter", Input).value.casefold().split()
        shown = [model for model in self._models if all(word in model.name.casefold() for word in wanted)]
        rows = [_row(model, self._slots.get(model.path, ()), self._past(model)) for model in shown]
        self.query_one(PickList).set_rows(rows, path or None)
        whole = len(self._models)
        some = f"{len(shown)} of {whole}" if len(shown) != whole else f"{whole} found"
        self.border_subtitle = some if whole else None
        self.show_details()


def _details(model: ModelChoice, past: RunEntry | None, room: int) -> Text:
    """What it is and did here, and its file; left out is what there is no room for, nothing is cut."""
    told = [*model_details(model), *([(1, past_words(past))] if past is not None else [])]
    shown = choose([Part(rank, [Span(words)]) for rank, words in told], room, " · ")
    text = Text("".join(span.text for span in shown))
    if model.problem:
        text = Text(f"✗ {clean_line(model.problem, 200)}", style="bold")
    return text.append(f"\n{cut_front(clean_line(model.path, 400), room)}")


def _row(model: ModelChoice, slots: tuple[int | None, ...], past: RunEntry | None) -> Row:
    told = [fmt.DASH if not count else fmt.count(count) for count in slots] or [""] * len(CONTEXTS)
    return Row(
        key=model.path,
        texts=(
            clean_line(model.name, 120),
            clean_line(model.quantization or fmt.DASH, 12),
            fmt.params(model.n_params),
            fmt.size(model.size_bytes),
            *told,
            "" if past is None else f"{fmt.tps(past.output_tps)} tok/s",
        ),
        note=clean_line(model.problem or "", 200),
        dim=model.problem is not None,
        mark="✗" if model.problem else " ",
    )


def _none_found(looked_in: Sequence[str]) -> Text:
    places = "".join(f"\n  {clean_line(place, 200)}" for place in looked_in)
    return Text.assemble(
        ("No GGUF model found.\n\n", "bold"),
        ("d", "bold"),
        "  try the demo: a small model, a server of its own\n",
        ("+", "bold"),
        "  name a folder that holds some\n",
        ("r", "bold"),
        "  search again, with a model in one of these folders:",
        places,
    )


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
    """The bar with its verdict in the border; below it what would make fit what does not."""

    def compose(self) -> ComposeResult:
        """The bar, and a sentence for what does not fit."""
        self.border_title = "memory"
        yield FitBar(id="fit")
        yield Static("", id="fit-advice", markup=False)

    def show_fit(self, fit: MemoryFit | None, waiting: str) -> None:
        """Draw an estimate, or say what it waits for."""
        bar = self.query_one(FitBar)
        bar.waiting = waiting
        bar.fit = fit
        self.set_class(fit is None, "-unknown")
        self.set_class(fit is not None and not fit.fits, "-over")
        advice = self.query_one("#fit-advice", Static)
        advice.display = fit is not None and bool(fit.advice)
        if fit is None:
            self.border_title, self.border_subtitle = "memory", waiting
            return
        mark = "✓" if fit.fits else "✗"
        learned = f" · {fit.learned}" if fit.learned else ""
        self.border_title = Content(
            f"memory · {clean_line(fit.device, 40)} · {fmt.size(fit.total_bytes)}{learned}"
        )
        advice.update(f"try: {clean_line(fit.advice, 400)}" if fit.advice else "")
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
