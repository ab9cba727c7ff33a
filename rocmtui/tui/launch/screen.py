"""The launch screen: choose a model and how to serve it, and see what it takes before it is loaded."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input, Static

from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.session.face_ports import LaunchCatalog, SettingsStore
from rocmtui.core.session.launch_memory import LaunchMemory
from rocmtui.core.session.launch_words import changes, command_words, error_words, gpu_choices
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import RocmtuiError
from rocmtui.tui.dialogs.confirm import AskNameScreen, ask_each
from rocmtui.tui.draw.bars import KeyLine
from rocmtui.tui.draw.screen import TooSmall, ViewScreen
from rocmtui.tui.form.field import FieldChanged, field_of
from rocmtui.tui.form.find_box import FindBox
from rocmtui.tui.form.pick_list import PickList
from rocmtui.tui.form.step_fields import ChoiceField
from rocmtui.tui.launch.actions import LaunchActions
from rocmtui.tui.launch.fields import HELP
from rocmtui.tui.launch.machine import Machine
from rocmtui.tui.launch.models import ModelPanel
from rocmtui.tui.launch.panels import (
    CommandPanel,
    FitPanel,
    Head,
    SettingsPanel,
    changed_values,
)
from rocmtui.tui.launch.profiles import ProfileDialogs
from rocmtui.tui.launch.styles import LAUNCH_CSS

TALL = [(0, "-low"), (22, "-short"), (24, "-usual"), (30, "-tall")]


class LaunchScreen(ViewScreen):
    """Shown at once; models, server and GPUs come in as they are found.

    With `before` it restarts a running server: fields that differ say what they were. `plan` is what the
    fields start with, instead of the settings used last.
    """

    KINDS = frozenset({"launch"})
    VERTICAL_BREAKPOINTS = TALL
    DEFAULT_CSS = LAUNCH_CSS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "start", "start", priority=False),
        Binding("b", "app.bench", "bench"),
        Binding("W", "app.sweep", "sweep"),
        Binding("y", "copy", "copy command"),
        Binding("d", "leave('demo')", "demo"),
        Binding("a", "leave('attach')", "attach"),
        Binding("o", "leave('runs')", "runs"),
        Binding("q", "app.quit_run", "quit"),
        Binding("slash", "filter", "find", key_display="/"),
        Binding("plus", "add_folder", "add a folder", tooltip="add a folder of models", key_display="+"),
        Binding("w", "keep_profile", "keep profile"),
        Binding("x", "forget_profile", "forget profile"),
        Binding("r", "search", "search again"),
        Binding("escape", "back", "back", show=False),
    ]

    def __init__(
        self,
        catalog: LaunchCatalog,
        store: SettingsStore,
        actions: LaunchActions,
        before: LaunchPlan | None = None,
        plan: LaunchPlan | None = None,
    ) -> None:
        super().__init__()
        self._catalog = catalog
        self._memory = LaunchMemory(store)
        self._dialogs = ProfileDialogs(self, self._memory, self._show_profiles)
        self._actions = actions
        self._before = before
        self._machine = Machine(catalog)
        self._searching = True
        self._given = plan or before
        self.plan = self._given or LaunchPlan(model="")

    def compose(self) -> ComposeResult:
        """Head, models beside settings, memory, command, keys."""
        yield TooSmall()
        yield Head("restart with other settings" if self._before else "start a server", self._machine)
        with Horizontal(id="chooser"):
            yield ModelPanel()
            yield SettingsPanel()
        yield FitPanel()
        yield CommandPanel()
        yield KeyLine(self.BINDINGS)

    def on_mount(self) -> None:
        """Paint first, then search."""
        self._read_settings()
        self._show_plan()
        self.query_one("#field-parallel").focus()
        self.watch(self, "focused", self._explain)
        self.call_after_refresh(self.action_search)

    def action_search(self) -> None:
        """Look for models, the server and the GPUs, all at the same time."""
        if not self.is_in_use:
            return
        self._searching = True
        self.run_worker(self._find_models(), group="models", exclusive=True)
        self.run_worker(self._find_server(), group="server", exclusive=True)

    async def _find_models(self) -> None:
        try:
            found = await self._catalog.models(self.plan.model)
        except RocmtuiError as error:
            for panel in self.query(ModelPanel):
                panel.show_failure(error_words(error))
            return
        self._searching = False
        if not self.query(ModelPanel):  # the user went on meanwhile
            return
        panel = self.query_one(ModelPanel)
        panel.show_found(found, self.plan.model)
        if panel.chosen:
            self._change(model=panel.chosen.path)
            if self.focused is None or self.focused.id == "field-parallel":
                self.query_one(PickList).focus()
        self._refresh()
        if self._actions.past is not None:
            self.run_worker(panel.read_past(self._actions.past), group="past", exclusive=True)

    async def _find_server(self) -> None:
        await self._machine.find(self._offer_gpus)
        if self.query(Head):
            self._refresh()

    def _offer_gpus(self, gpus: tuple[GpuReading, ...]) -> None:
        for field in self.query("#field-gpu").results(ChoiceField):
            field.set_choices(gpu_choices(gpus))

    def _read_settings(self) -> None:
        for sentence in self._memory.read():
            self.notify(sentence, title="settings", severity="warning", timeout=15, markup=False)
        if self._given is None and self._memory.last is not None:
            self.plan = self._memory.last
        self._show_profiles(None)

    def _show_profiles(self, chosen: str | None) -> None:
        none_words = "as it runs" if self._before else "as before" if self._given else "last used"
        self.query_one(SettingsPanel).show_profiles(self._memory.profiles, chosen, none_words)

    @on(FieldChanged)
    def _field_changed(self, event: FieldChanged) -> None:
        if event.name == "profile":
            fallback = self._given or self._memory.last or LaunchPlan(model=self.plan.model)
            self.plan = self._memory.profile(self.query_one(SettingsPanel).profile) or fallback
            if not self._searching:
                self.query_one(ModelPanel).move_to(self.plan.model)
            self._show_plan()
        else:
            self._change(**changed_values(event))

    @on(PickList.Moved)
    def _model_moved(self, event: PickList.Moved) -> None:
        self.query_one(ModelPanel).show_details()
        self._change(model=event.key)

    @on(PickList.Picked)
    def _model_picked(self) -> None:
        self.action_start()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        if event.input.id == "filter":
            if self.query_one(PickList).chosen is not None:  # where nothing matches one goes on typing
                self.query_one(PickList).focus()
        else:
            self.action_start()

    def _explain(self, focused: Widget | None) -> None:
        """Say what the focused field means; where there is little room its panel has it."""
        self.query_one("#field-help", Static).update(HELP.get(field_of(focused), ""))
        if focused is not None:
            in_settings = self.query_one(SettingsPanel) in focused.ancestors
            self.set_class(in_settings and self.query_one(ModelPanel).chosen is not None, "-settings")

    def _change(self, **values: object) -> None:
        changed = replace(self.plan, **values)
        if changed != self.plan:
            self.plan = changed
            self._refresh()

    def _show_plan(self) -> None:
        self.query_one(SettingsPanel).show_plan(self.plan)
        self._refresh()

    def _refresh(self) -> None:
        """Hints, memory and command follow the plan."""
        model = self.query_one(ModelPanel).chosen if not self._searching else None
        was = changes(self._before, self.plan) if self._before else {}
        self.query_one(SettingsPanel).show_hints(self.plan, model, was)
        self.query_one(ModelPanel).show_slots(self._slots_at, key=replace(self.plan, model=""))
        self.set_class(bool(self._machine.cpu(self.plan)), "-cpu")
        self.query_one(Head).show_found()
        waiting = "searching for models" if self._searching else "not known for this model and device"
        waiting = waiting if self.plan.model or self._searching else "no model"
        self.query_one(FitPanel).show_fit(self._machine.fit(self.plan), waiting)
        self.query_one(CommandPanel).show_plan(self._catalog if self._machine.known else None, self.plan)
        self.query_one(SettingsPanel).show_extra_problem(self._machine.extra_problem(self.plan))

    def _slots_at(self, path: str) -> tuple[int | None, ...]:
        return self._catalog.slots_at(replace(self.plan, model=path))

    def action_add_folder(self) -> None:
        """Search one more folder from now on."""
        said = "A folder with GGUF files; it is searched from now on."

        def add(folder: str | None) -> None:
            if folder and not self._dialogs.tell(self._memory.add_folder(folder)):
                self.action_search()

        self.app.push_screen(AskNameScreen("add a folder", said), add)

    def action_filter(self) -> None:
        """Narrow the list of models."""
        self.query_one(FindBox).open()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Back only where there is something to leave."""
        if action != "back":
            return True
        filtering = any(box.display for box in self.query(FindBox))
        return filtering or isinstance(self.focused, Input) or self._actions.back is not None

    def action_back(self) -> None:
        """Leave the filter, the field, or the screen where something is below."""
        if self.query_one(FindBox).close() or isinstance(self.focused, Input):
            self.query_one(PickList).focus()
        elif self._actions.back is not None:
            self._actions.back()

    def action_leave(self, where: str) -> None:
        """Go elsewhere."""
        getattr(self._actions, where)()

    def action_copy(self) -> None:
        """Put the command line on the clipboard, through the terminal."""
        if not self.plan.model:
            self.notify("choose a model first", severity="warning")
        elif problem := self._machine.problem(self.plan):
            self.notify(problem, severity="error", markup=False)
        else:
            self.app.copy_to_clipboard(command_words(self._catalog.command_line(self.plan)))
            self.notify("command line copied", timeout=3)

    def sound_plan(self) -> LaunchPlan | None:
        """The plan as it is chosen; where it cannot be started the reason is said, and it is None."""
        model, settings = self.query_one(ModelPanel).chosen, self.query_one(SettingsPanel)
        if model is None:
            self.notify("choose a model first; d tries the demo", severity="warning")
        elif problem := model.problem or settings.problem or self._machine.problem(self.plan):
            self.notify(clean_line(problem, 300), title="cannot be started", severity="error", markup=False)
        else:
            return self.plan
        return None

    def action_start(self) -> None:
        """Start, after a question where it does not fit."""
        if self.sound_plan() is not None:
            ask_each(self.app, self._machine.doubts(self.plan), self._start)

    def _start(self) -> None:
        self._dialogs.tell(self._memory.keep_last(self.plan))
        self._actions.start(self.plan)

    def action_keep_profile(self) -> None:
        """Keep the settings under a name."""
        self._dialogs.keep(self.plan, self.query_one(SettingsPanel).profile)

    def action_forget_profile(self) -> None:
        """Forget the chosen profile, after a question."""
        self._dialogs.forget(self.query_one(SettingsPanel).profile)
