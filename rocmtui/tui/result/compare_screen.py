"""Two runs side by side over the screen, and what one can do with them."""

from __future__ import annotations

from typing import ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content

from rocmtui.core.compare.text import comparison_text
from rocmtui.core.compare.verdicts import Comparison
from rocmtui.tui.dialogs.dialog import Dialog, DialogBox
from rocmtui.tui.draw.host import Host
from rocmtui.tui.result.actions import CompareActions, ComparePair
from rocmtui.tui.result.comparison import ComparisonBody


class CompareScreen(Dialog[None]):
    """Scrolls; x exchanges A and B, b benches the servers of both, y copies it as text."""

    DEFAULT_CSS = """
    CompareScreen > DialogBox { width: 96%; max-width: 130; }
    CompareScreen > DialogBox, CompareScreen.-low > DialogBox { padding: 0 0 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("b", "bench", "bench both", tooltip="bench the servers of both against each other"),
        Binding("x", "exchange", "exchange A and B"),
        Binding("y", "copy", "copy", tooltip="copy as text"),
        Binding("escape,q", "dismiss", "back", key_display="esc"),
    ]

    def __init__(self, comparison: Comparison, pair: ComparePair, actions: CompareActions | None) -> None:
        super().__init__()
        self._comparison = comparison
        self._pair = pair
        self._actions = actions

    def compose(self) -> ComposeResult:
        """The drawing."""
        with DialogBox(self._pair.title, *self.foot()):
            yield ComparisonBody(self._comparison)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what can be done here."""
        if action == "bench":
            can_bench = self._actions is not None and self._actions.bench is not None
            return can_bench and self._pair.kind == "run"
        return action != "exchange" or self._actions is not None

    def action_exchange(self) -> None:
        """A against B instead."""
        cast(Host, self.app).perform(self._exchange)

    async def _exchange(self) -> None:
        assert self._actions is not None
        pair = self._pair.exchanged
        self._comparison = await self._actions.compare(pair.a, pair.b)
        self._pair = pair
        if self.is_attached:
            self.query_one(DialogBox).border_title = Content(pair.title)
            self.query_one(ComparisonBody).show(self._comparison)

    def action_bench(self) -> None:
        """Ask whether to bench both."""
        if self._actions is not None and (bench := self._actions.bench) is not None:
            cast(Host, self.app).perform(lambda: bench(self._pair.a, self._pair.b))

    def action_copy(self) -> None:
        """Put the comparison on the clipboard, through the terminal."""
        self.copy_out(comparison_text(self._comparison))
