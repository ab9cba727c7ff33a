"""What a run, bench or sweep came to, beside the list of them; scrolls where it is higher than its place."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from rocmtui.core.runs.entry import RunEntry
from rocmtui.core.runs.ports import RunShelf
from rocmtui.core.runs.preview import Preview
from rocmtui.core.session.view import SessionView
from rocmtui.core.text import forms
from rocmtui.errors import RocmtuiError
from rocmtui.tui.draw.lines import Line, fit
from rocmtui.tui.draw.panel import Drawn
from rocmtui.tui.runs.preview_lines import draw_preview


class PreviewPanel(VerticalScroll):
    """Reads what is to be shown; takes the focus where there is more than is seen."""

    DEFAULT_CSS = """
    PreviewPanel { scrollbar-size-vertical: 1; }
    PreviewPanel > PreviewBody { width: 1fr; margin: 0 1 0 0; }
    """
    KEYS: ClassVar[tuple[tuple[str, str, str], ...]] = (("↑ ↓", "scroll", "scroll_down"),)
    BINDINGS: ClassVar[list[BindingType]] = [Binding("up", "up_or_out", "up", show=False)]

    def __init__(self, shelf: RunShelf, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._shelf = shelf
        self._wanted: RunEntry | None = None
        self._reading = False
        self._body = PreviewBody()

    def compose(self) -> ComposeResult:
        """The drawing."""
        yield self._body

    @property
    def preview(self) -> Preview | None:
        """What is shown."""
        return self._body.preview

    @property
    def keys_now(self) -> tuple[tuple[str, str, str], ...]:
        """For the foot, while it has the focus."""
        return self.KEYS

    def allow_focus(self) -> bool:
        """Only where there is something to scroll."""
        return super().allow_focus() and self.max_scroll_y > 0

    def action_up_or_out(self) -> None:
        """A line up; at the top back to the list."""
        if self.scroll_y > 0:
            self.action_scroll_up()
        else:
            self.screen.focus_previous()

    def follow(self, entry: RunEntry | None) -> None:
        """Show this one: one is read at a time, however fast the cursor moves."""
        self._wanted = entry
        if not self._reading:
            self._reading = True
            self.run_worker(self._read(), group="preview")

    async def _read(self) -> None:
        try:
            while (entry := self._wanted) is not None and (
                self.preview is None or self.preview.path != entry.path
            ):
                self._show(await self._preview_of(entry))
            if entry is None:
                self._show(None)
        finally:
            self._reading = False

    def _show(self, preview: Preview | None) -> None:
        self.scroll_home(animate=False)
        self._body.show(preview)

    async def _preview_of(self, entry: RunEntry) -> Preview:
        if entry.problem:
            return Preview(path=entry.path, told=(f"{forms.BAD} {entry.problem}",))
        try:
            return await self._shelf.preview(entry.path)
        except RocmtuiError as error:
            return Preview(path=entry.path, told=tuple(filter(None, (error.message, error.remedy))))


class PreviewBody(Drawn):
    """Sentences, percentiles, warnings, audit, and how TTFT was spread where there is room."""

    DEFAULT_CSS = "PreviewBody { height: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self.preview: Preview | None = None

    def needs(self, view: SessionView) -> tuple[object, ...]:
        """Nothing of the session."""
        return ()

    def show(self, preview: Preview | None) -> None:
        """Another one in the same place."""
        self.preview = preview
        self.redraw()

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """As many lines as it takes."""
        seen = self.parent.size.height if isinstance(self.parent, PreviewPanel) else height
        lines = [] if self.preview is None else draw_preview(self.preview, width, seen)
        self.take_rows(max(len(lines), 1))
        return [fit(line, width) for line in [*lines, []]]
