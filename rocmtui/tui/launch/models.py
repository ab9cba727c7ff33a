"""The models that were found, to find one in: what each is, how many slots fit, how fast it was here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Static

from rocmtui.core.gguf.fit import CONTEXTS
from rocmtui.core.runs.speeds import PastSpeeds, past_words
from rocmtui.core.session.launch import ModelChoice, ModelsFound
from rocmtui.core.session.launch_words import model_details
from rocmtui.core.text import forms as fmt
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.draw.lines import Part, Span, choose, cut_front
from rocmtui.tui.form.find_box import FindBox
from rocmtui.tui.form.pick_list import Column, PickList, Row

if TYPE_CHECKING:
    from rocmtui.core.runs.entry import RunEntry

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
        yield FindBox("part of a name", id="filter")
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

    def _past(self, model: ModelChoice) -> RunEntry | None:
        return self._speeds.of(model.path, model.name, model.quantization)

    def show_failure(self, message: str) -> None:
        """Say why the search ended without a result."""
        self.query_one("#models-message", Static).update(message)

    async def read_past(self, past: Callable[[], Awaitable[tuple[RunEntry, ...]]]) -> None:
        """Say how fast the models ran here before; it may take a while, and nothing waits for it."""
        self._speeds = PastSpeeds(await past())
        if self.is_attached:
            self._show_rows(self.chosen.path if self.chosen else "")

    def move_to(self, path: str) -> None:
        """Put the cursor on a model, taking the filter away; it is listed wherever it is."""
        with self.prevent(Input.Changed):
            self.query_one(FindBox).close()
        self.show_found(ModelsFound(models=self._models), path)

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
        box = self.query_one(FindBox)
        shown = [model for model in self._models if box.finds(model.name)]
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
