"""The card that says what a load came to, over the dashboard."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from rocmtui.core.report.text.markdown import report_markdown
from rocmtui.core.result.card import ResultCard
from rocmtui.core.result.words import card_markdown
from rocmtui.core.session.view import SessionView
from rocmtui.tui.dialogs.dialog import LEAST_HIGH, Dialog, DialogBox, Key
from rocmtui.tui.dialogs.report_page import ReportPage
from rocmtui.tui.draw.lines import Line, fit
from rocmtui.tui.draw.panel import Drawn
from rocmtui.tui.result.actions import ComparePair, ResultActions
from rocmtui.tui.result.compare_screen import CompareScreen
from rocmtui.tui.result.drawing import draw_card


class ResultScreen(Dialog[None]):
    """Enter runs it again, v shows the report, c the comparison, y copies it as Markdown, q quits."""

    DEFAULT_CSS = "ResultScreen > DialogBox { width: 104; padding: 1 1 0 2; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "again", "again", tooltip="run it again"),
        Binding("v", "report", "report", tooltip="the whole report"),
        Binding("c", "compare", "compare", tooltip="compare with the last run like it"),
        Binding("y", "copy", "copy", tooltip="copy as Markdown"),
        Binding("p", "app.picture", "picture", tooltip="save a picture"),
        Binding("escape", "dismiss", "dashboard", show=False),
        Binding("q", "app.quit_run", "quit", show=False),
    ]

    def __init__(self, card: ResultCard, actions: ResultActions) -> None:
        super().__init__()
        self.card = card
        self._actions = actions

    def compose(self) -> ComposeResult:
        """The card, its keys in the lower edge."""
        with DialogBox(self.card.heading, *self.foot(), Key("esc", self._actions.dashboard, "dismiss")):
            yield CardBody(self.card)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Again only where there is a session to run it, compare only where there is something like it."""
        if action == "again":
            return self._actions.again is not None
        return action != "compare" or self.card.against is not None

    def action_again(self) -> None:
        """The same load once more."""
        if self._actions.again is not None:
            self.dismiss()
            self._actions.again()

    def action_report(self) -> None:
        """The whole report, to read and copy."""
        self.app.push_screen(ReportPage(report_markdown(self.card.report)))

    def action_compare(self) -> None:
        """Every metric against the last run like it."""
        if self.card.against is not None:
            pair = ComparePair(self.card.earlier_path, self.card.path, "the last run like it", "this one")
            self.app.push_screen(CompareScreen(self.card.against, pair, self._actions.compare))

    def action_copy(self) -> None:
        """Put the card on the clipboard as Markdown, through the terminal."""
        self.copy_out(card_markdown(self.card), "copied as Markdown")


AROUND = 2
"""Lines that the frame takes of the card, which is as high as a DialogBox may be."""


class CardBody(Drawn):
    """The lines of a card, as many as it takes at this width."""

    def __init__(self, card: ResultCard) -> None:
        super().__init__()
        self._card = card
        self.styles.height = len(draw_card(card, 96))

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """Faults, figures, differences, place."""
        rows = self.screen.size.height
        lines = draw_card(self._card, width, rows * 96 // 100 - AROUND - (rows >= LEAST_HIGH))
        self.take_rows(len(lines))
        return [fit(line, width) for line in lines][:height]
