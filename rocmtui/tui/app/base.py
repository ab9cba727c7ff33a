"""The Textual app: polls the session for its newest view four times a second and hands it to the screen."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.filter import LineFilter, NoColor
from textual.screen import Screen

from rocmtui.core.session.face_ports import Session, SettingsStore
from rocmtui.core.session.view import SessionView, ended_run
from rocmtui.errors import RocmtuiError
from rocmtui.tui.app.escape import hear_escape_soon
from rocmtui.tui.app.screen_recorder import ScreenRecorder, save_picture, toggle_recording
from rocmtui.tui.app.session import SessionApp, Wanted
from rocmtui.tui.dialogs.help import HelpScreen, KeyEntry, keys_of
from rocmtui.tui.dialogs.theme_picker import ThemePicker
from rocmtui.tui.draw.bars import HeaderLine
from rocmtui.tui.draw.foreign_themes import foreign_themes
from rocmtui.tui.draw.palette import Palette
from rocmtui.tui.draw.panel import Drawn
from rocmtui.tui.draw.plain_glyphs import AsciiFilter, choose_scroll_bars, needs_ascii
from rocmtui.tui.draw.screen import ViewScreen, is_a
from rocmtui.tui.draw.themes import DEFAULT_THEME, TERMINAL_THEME, load_themes
from rocmtui.tui.result.actions import CompareActions, ResultActions

if TYPE_CHECKING:
    from rocmtui.core.result.card import ResultCard

FRAMES_PER_SECOND = 4
LOAD_KEYS = frozenset(("more", "fewer", "pause"))


class RocmtuiApp(SessionApp):
    """Draws what a session says; every action goes to the session.

    `first_screen` makes the screen shown first, the dashboard when it is None. `theme` is a theme's name;
    without one it is the default (or the terminal's own colours where there are only 16 or NO_COLOR is set).
    A theme chosen in the app is written to `settings`. With a `recorder`, `R` and `p` record what is shown.
    `result` makes the card that is shown when a load, or a replay, has come to its end.
    """

    TITLE = "rocmtui"
    CSS_PATH = "rocmtui.tcss"
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - declared by Textual
        (0, "-narrow"),
        (100, "-normal"),
        (160, "-wide"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        ("plus,equals_sign", "more", "more workers, or a higher rate"),
        ("minus", "fewer", "fewer workers, or a lower rate"),
        ("space", "pause", "pause the load, or go on"),
        ("v", "result", "result of the load that ended"),
        ("T", "choose_theme", "theme"),
        ("R,ctrl+r", "record", "record the screen to a cast, or end that"),
        ("p", "picture", "save a picture of the screen"),
        ("question_mark,f1", "help", "help"),
        ("q", "quit_run", "quit"),
        Binding("ctrl+c", "quit_now", "quit", priority=True, show=False),
    ]

    def __init__(
        self,
        session: Session,
        *,
        first_screen: Callable[[], Screen[Any]] | None = None,
        theme: str | None = None,
        settings: SettingsStore | None = None,
        startup: Callable[[], Awaitable[object]] | None = None,
        recorder: ScreenRecorder | None = None,
        result: Callable[[str], Awaitable[ResultCard]] | None = None,
    ) -> None:
        super().__init__(session)
        hear_escape_soon(os.environ)
        self._make_result = result
        self._told_result: str | None = None
        self.recorder = recorder
        self._ascii = AsciiFilter(enabled=needs_ascii(os.environ))
        choose_scroll_bars(ascii_only=self._ascii.enabled)
        self._colorless = NoColor()
        self.settings = settings
        self.themes = load_themes()
        self.theme = self._register_themes(theme)
        self.palette = Palette(self.current_theme)
        self._first_screen = first_screen or _dashboard
        self._startup = startup
        self._quitting = False
        self._noticed = ""

    def notify(self, message: str, **options: Any) -> None:
        """Say it in a corner; the same again takes the place of what stands there, however often it comes."""
        if message == self._noticed:
            self.clear_notifications()
        self._noticed = message
        super().notify(message, **options)

    def on_mount(self) -> None:
        """Show the first screen and begin to poll."""
        self.theme_changed_signal.subscribe(self, lambda _: self._repaint())
        for failure in self.themes.failed:
            self.notify(f"theme {failure.path}: {failure.reason}", severity="warning", markup=False)
        self.poll()
        self.push_screen(self._first_screen())
        self.set_interval(1 / FRAMES_PER_SECOND, self.poll)
        if self._startup is not None:
            self.perform(self._startup)

    def _register_themes(self, wanted: str | None) -> str:
        """Make all themes known; returns the name of the one to start with."""
        for theme in (*foreign_themes().values(), *(loaded.theme for loaded in self.themes.loaded)):
            self.register_theme(theme)
        if wanted in self.available_themes and not self.no_color:
            return wanted
        few_colors = self.no_color or self.console.color_system not in ("256", "truecolor")
        return TERMINAL_THEME if few_colors else DEFAULT_THEME

    @property
    def place(self) -> Screen[Any] | None:
        """The screen one is at, below dialogs and the palette."""
        return next((screen for screen in reversed(self.screen_stack) if not screen.is_modal), None)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own roles, for style sheets under a theme of Textual's that does not know them."""
        theme = self.current_theme
        return {
            "muted": "#8a8a8a",
            "line": "#4a4a4a",
            "decode": theme.primary,
            "prefill": theme.secondary or theme.primary,
            "queue": theme.warning or theme.primary,
            "overhead": "#7a7a7a",
        }

    def get_line_filters(self) -> Sequence[LineFilter]:
        """NO_COLOR means none at all, not shades of grey; ASCII where nothing else can be shown."""
        filters = list(super().get_line_filters())
        if self.no_color:
            filters = [self._colorless]
        return [*filters, self._ascii] if self._ascii.enabled else filters

    def poll(self) -> None:
        """Take the session's view if it is a new one, and tell of a load that ended."""
        super().poll()
        self._tell_result(self.view)

    def watch_view(self, view: SessionView) -> None:
        """Hand a new view to the screen on top; nothing is drawn below it, nor while the app ends."""
        self.see_what_is_met(view)
        if self.is_running and isinstance(self.screen, ViewScreen) and self.screen.is_mounted:
            self.screen.show_view(view)

    def _tell_result(self, view: SessionView) -> None:
        """Show the card of a load once, when it has ended and the dashboard is free for it."""
        ended = ended_run(view)
        if ended is None:
            self._told_result = None
        elif ended != self._told_result and self.shows_results and not self._quitting:
            self._told_result = ended
            self.action_result()

    @property
    def shows_results(self) -> bool:
        """Whether a result may come up by itself now."""
        return (
            isinstance(self.screen, ViewScreen)
            and is_a(self.screen, "dashboard")
            and not self.screen.is_in_something
        )

    def action_result(self) -> None:
        """What the load came to that ended last."""
        path = ended_run(self.view)
        if path is not None and self._make_result is not None:
            self.perform(lambda: self._show_result(path))

    async def _show_result(self, path: str) -> None:
        from rocmtui.tui.result.screen import ResultScreen

        assert self._make_result is not None
        card = await self._make_result(path)
        if is_a(self.screen, "dashboard") and ended_run(self.view) == path:
            self.push_screen(ResultScreen(card, ResultActions(self._again_action(), self.compare_actions)))

    @property
    def compare_actions(self) -> CompareActions | None:
        """What a comparison can lead to here."""
        return None

    def _again_action(self) -> Callable[[], object] | None:
        scenario = self.view.scenario
        if self.session.is_replay or scenario is None:
            return None
        return lambda: self.perform(lambda: self.begin_load(scenario))

    @property
    def is_recording(self) -> bool:
        """Whether what is shown is being recorded."""
        return self.recorder is not None and self.recorder.recording_since_ns is not None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No key is offered that would do nothing: without a recorder, or where no load is to be changed."""
        if action == "result":
            return is_a(self.place, "dashboard") and ended_run(self.view) is not None
        if action in LOAD_KEYS:
            return is_a(self.place, "dashboard") and not self.session.is_replay
        return self.recorder is not None or action not in ("record", "picture")

    def action_record(self) -> None:
        """Record the screen, or end that."""
        if self.recorder is not None:
            try:
                toggle_recording(self, self.recorder)
            except RocmtuiError as error:
                self._tell_error(error)
        for line in self.screen.query(HeaderLine):
            line.redraw()

    def action_picture(self) -> None:
        """Save a picture of the screen."""
        recorder = self.recorder
        if recorder is not None:
            self.perform(lambda: save_picture(self, recorder))

    def action_help(self) -> None:
        """Keys and panels of the screen on top."""
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.screen))

    def action_choose_theme(self) -> None:
        """Choose a theme with a live preview."""
        self.push_screen(ThemePicker(self.themes, self.theme), self._keep_theme)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Every action of the place one is in, for the palette."""
        for entry in keys_of(screen):
            if entry.action.endswith("command_palette"):
                continue
            yield SystemCommand(entry.description, f"key {entry.keys}", self._runner(entry))

    def action_quit_run(self) -> None:
        """Stop everything, save the run and leave; the screen goes on showing what happens."""
        if not self._quitting:
            self._quitting = True
            self._want(Wanted("…stopping; the run is saved", ended=True))
            self.run_worker(self._close_and_exit(), group="quit")

    def action_quit_now(self) -> None:
        """Leave without a question."""
        self.action_quit_run()

    async def _close_and_exit(self) -> None:
        try:
            await self.session.close()
        finally:
            self.exit(0)

    def _runner(self, entry: KeyEntry) -> Callable[[], Awaitable[bool]]:
        return lambda: self.run_action(entry.action, entry.node)

    def _keep_theme(self, name: str | None) -> None:
        if name is not None:
            self.keep_setting(theme=name)

    def keep_setting(self, **changed: object) -> None:
        """Remember what was chosen, where there are settings."""
        if self.settings is not None:
            try:
                self.settings.write(msgspec.structs.replace(self.settings.read(), **changed))
            except RocmtuiError as error:
                self._tell_error(error)

    def _repaint(self) -> None:
        self.palette = Palette(self.current_theme)
        for screen in self.screen_stack:
            for widget in screen.query(Drawn):
                widget.redraw(all_lines=True)


def _dashboard() -> Screen[Any]:
    from rocmtui.tui.dashboard.screen import Dashboard

    return Dashboard()
