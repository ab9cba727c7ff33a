"""Choose a theme; the screen behind shows it at once."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from rocmtui.tui.dialogs.dialog import Dialog, DialogBox, Key
from rocmtui.tui.draw.themes import ThemeLoad


class ThemePicker(Dialog[str | None]):
    """Ends in the theme's name, or in None with the theme as it was."""

    DEFAULT_CSS = """
    ThemePicker { align: right middle; }
    ThemePicker, ThemePicker:ansi, ThemePicker:nocolor { background: transparent; }
    ThemePicker > DialogBox { width: 46; }
    ThemePicker OptionList, ThemePicker OptionList:focus {
        height: auto; border: none; padding: 0; background: $background; scrollbar-size-vertical: 0;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "back")]

    def __init__(self, themes: ThemeLoad, current: str) -> None:
        super().__init__()
        self._themes = themes
        self._before = current

    def compose(self) -> ComposeResult:
        """The list, and files that hold no theme."""
        title = "theme, without colours: NO_COLOR" if self.app.no_color else "theme"
        with DialogBox(title, "enter keep", Key("esc", "back", "cancel")):
            told = {loaded.theme.name: loaded.description for loaded in self._themes.loaded}
            names = list(told)
            options = [
                Option(Text.assemble((name, "bold"), f"\n{words}"), id=name) for name, words in told.items()
            ]
            picker = OptionList(*options)
            picker.highlighted = names.index(self._before) if self._before in names else None
            yield picker
            for failure in self._themes.failed:
                yield Static(f"{failure.path}: {failure.reason}", classes="wrong below", markup=False)

    def on_mount(self) -> None:
        """The keys go to the list."""
        self.query_one(OptionList).focus()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Try it on."""
        if event.option.id:
            self.app.theme = event.option.id

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Keep it."""
        self.dismiss(event.option.id)

    def action_cancel(self) -> None:
        """As it was."""
        self.app.theme = self._before
        self.dismiss(None)
