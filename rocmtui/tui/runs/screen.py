"""Past runs, benches and sweeps with a preview beside them: open one, compare two, draw one as a ghost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

import msgspec
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.widgets import Input, Static

from rocmtui.core.compare.verdicts import Comparison
from rocmtui.core.runs.entry import RunEntry
from rocmtui.core.runs.ports import RunShelf
from rocmtui.core.text import forms as fmt
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.dialogs.confirm import ConfirmScreen
from rocmtui.tui.dialogs.report_page import ReportPage
from rocmtui.tui.draw.bars import HeaderLine, KeyLine
from rocmtui.tui.draw.lines import cut_front
from rocmtui.tui.draw.screen import TooSmall, ViewScreen
from rocmtui.tui.form.find_box import FindBox
from rocmtui.tui.form.pick_list import PickList, Row
from rocmtui.tui.runs.marks import Marks
from rocmtui.tui.runs.preview import PreviewPanel
from rocmtui.tui.runs.rows import RUN_COLUMNS, SORTS, run_texts, searched


class RunsActions(msgspec.Struct, frozen=True):
    """What the runs screen leads to; paths are run folders."""

    open: Callable[[str], object]
    """Replay it."""
    compare: Callable[[str, str], Awaitable[Comparison]]
    """B against A; raises RocmtuiError."""
    show_comparison: Callable[[Comparison, str, str, str], object]
    """The comparison, its two sides and of what kind both are."""
    show_result: Callable[[str], object]
    """The card of a run."""
    set_baseline: Callable[[str | None], Awaitable[object]]
    """Draw it as a ghost; None takes the ghost away. Raises RocmtuiError."""


OF_A_RUN = frozenset(("open", "mark", "result", "compare", "baseline", "delete", "copy", "filter", "sort"))
NO_RUNS = "No runs yet. Every load is kept from its first request; it will be listed here."
NO_MATCH = "Nothing matches. Esc shows all again."


class RunsScreen(ViewScreen):
    """Lists a shelf; reads it in the background."""

    DEFAULT_CSS = """
    RunsScreen #runs-frame {
        border: round $line; border-title-color: $foreground; border-title-style: bold;
        border-subtitle-color: $muted; padding: 0 1; height: 1fr;
    }
    RunsScreen #runs-frame:focus-within { border: round $accent; }
    RunsScreen #runs-message { height: 1fr; padding: 1 2; color: $muted; }
    RunsScreen #runs-details {
        height: 2; padding: 0 2; color: $muted; text-wrap: nowrap; text-overflow: ellipsis;
    }
    RunsScreen #runs-body { layout: horizontal; height: 1fr; }
    RunsScreen PickList { width: 3fr; }
    RunsScreen PreviewPanel { width: 2fr; margin: 0 0 0 2; height: 1fr; }
    RunsScreen.-narrow #runs-body { layout: vertical; }
    RunsScreen.-narrow PickList { width: 1fr; height: 1fr; }
    RunsScreen.-narrow PreviewPanel { width: 1fr; margin: 0; padding: 0 0 0 2; border-top: solid $line; }
    RunsScreen.-tight PreviewPanel { border-top: none; }
    """
    KINDS = frozenset({"runs"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "open"),
        Binding("space", "mark", "mark", tooltip="mark for comparing"),
        Binding("v", "result", "result", tooltip="result of the chosen run"),
        Binding("c", "compare", "compare", tooltip="compare two"),
        Binding("b", "baseline", "baseline", tooltip="draw as a ghost"),
        Binding("d,delete", "delete", "delete", key_display="d"),
        Binding("y", "copy", "copy path"),
        Binding("slash", "filter", "find", key_display="/"),
        Binding("s", "sort", "sort", tooltip="sort by something else"),
        Binding("escape", "back", "back", key_display="esc"),
        Binding("r", "read", "read again"),
    ]

    def __init__(
        self,
        shelf: RunShelf,
        actions: RunsActions,
        *,
        current: str | None = None,
        baseline: str | None = None,
    ) -> None:
        super().__init__()
        self._shelf = shelf
        self._actions = actions
        self._marks = Marks(current, baseline)
        self._entries: tuple[RunEntry, ...] = ()
        self._sort = 0

    def compose(self) -> ComposeResult:
        """Header, list, details, keys."""
        yield TooSmall()
        yield HeaderLine()
        with Vertical(id="runs-frame") as frame:
            frame.border_title = "runs"
            yield FindBox("part of a model, load, day or name", id="runs-filter")
            with Container(id="runs-body"):
                yield PickList(RUN_COLUMNS, id="runs-list")
                yield PreviewPanel(self._shelf, id="runs-preview")
            yield Static("reading the runs …", id="runs-message", markup=False)
            yield Static("", id="runs-details", markup=False)
        yield KeyLine(self.BINDINGS)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing is offered that needs a run where there is none."""
        return bool(self._entries) or action not in OF_A_RUN

    def on_resize(self, event: events.Resize) -> None:
        """The end of a path is shown as far as there is room."""
        super().on_resize(event)
        self.call_after_refresh(self._show_details)

    def on_mount(self) -> None:
        """Read the shelf."""
        self.query_one("#runs-body").display = False
        self.action_read()

    @property
    def chosen(self) -> RunEntry | None:
        """The run under the cursor."""
        row = self.query_one(PickList).chosen
        return next((entry for entry in self._entries if row and entry.path == row.key), None)

    def action_read(self) -> None:
        """Read the folder again."""
        self.run_worker(self._read(), group="runs", exclusive=True)

    async def _read(self) -> None:
        self._entries = await self._shelf.runs()
        if not self.query(PickList):  # the user went on meanwhile
            return
        self._marks.keep({entry.path for entry in self._entries})
        self._show_rows()
        self.query_one(KeyLine).show_view(self.rocmtui.view)
        if self._entries and not self.query_one(FindBox).has_focus:
            self.query_one(PickList).focus()

    def _show_rows(self) -> None:
        box = self.query_one(FindBox)
        shown = [entry for entry in self._entries if box.finds(searched(entry))]
        self.query_one("#runs-body").display = bool(shown)
        message = self.query_one("#runs-message", Static)
        message.display = not shown
        message.update(NO_MATCH if self._entries else NO_RUNS)
        words, order = SORTS[self._sort]
        self.query_one(PickList).set_rows([self._row(entry) for entry in sorted(shown, key=order)])
        frame = self.query_one("#runs-frame")
        whole, kept = len(self._entries), fmt.size(sum(entry.size_bytes for entry in self._entries))
        how_many = f"{len(shown)} of {whole}" if box.value.strip() else f"{whole} · {kept}"
        frame.border_subtitle = f"{how_many} · {words}" if whole else None
        self._show_details()

    def _row(self, entry: RunEntry) -> Row:
        return Row(
            key=entry.path, texts=run_texts(entry), dim=not entry.has_report, mark=self._marks.glyph(entry)
        )

    @on(PickList.Moved)
    def _show_details(self) -> None:
        entry = self.chosen
        details = self.query_one("#runs-details", Static)
        path = cut_front(clean_line(entry.path, 400), details.size.width) if entry is not None else ""
        details.update(Text(f"{self._marks.words(entry)}\n{path}") if entry is not None else "")
        self.query_one(PreviewPanel).follow(entry)

    @on(PickList.Picked)
    def action_open(self) -> None:
        """Replay the chosen run; of a bench or sweep its report."""
        self._open(self._actions.open)

    def _open(self, run: Callable[[str], object]) -> None:
        """Do this with a run that can be read; show the page of a bench or sweep."""
        entry = self.chosen
        if entry is None:
            return
        if entry.path == self._marks.current:
            self.notify("this run is still going", severity="warning")
        elif entry.problem:
            self.notify(clean_line(entry.problem, 300), severity="error", markup=False)
        elif entry.kind == "run":
            run(entry.path)
        else:
            self.rocmtui.perform(lambda: self._show_page(entry.path))

    async def _show_page(self, path: str) -> None:
        self.app.push_screen(ReportPage(await self._shelf.page(path)))

    def action_result(self) -> None:
        """What the chosen run came to, without playing it; of a bench or sweep its report."""
        self._open(self._actions.show_result)

    def action_sort(self) -> None:
        """The next order."""
        self._sort = (self._sort + 1) % len(SORTS)
        self._show_rows()

    def action_mark(self) -> None:
        """Mark or unmark the chosen run; two can be marked."""
        if self.chosen is not None:
            self._marks.toggle(self.chosen.path)
            self._show_rows()

    def action_compare(self) -> None:
        """Compare the two marked runs, or the marked one with the chosen one; the older is the baseline."""
        pair = self._marks.pair(self.chosen, self._entries)
        kinds = sorted({entry.kind for entry in self._entries if entry.path in pair})
        if len(pair) != 2:
            self.notify("mark two with space first", severity="warning")
        elif len(kinds) > 1:
            self.notify(f"a {kinds[0]} and a {kinds[1]} have no figures in common", severity="warning")
        else:
            older, newer = pair
            self.rocmtui.perform(lambda: self._compare(older, newer, kinds[0]))

    async def _compare(self, older: str, newer: str, kind: str) -> None:
        self._actions.show_comparison(await self._actions.compare(older, newer), older, newer, kind)

    def action_baseline(self) -> None:
        """Draw the chosen run as a ghost behind the live one; again: take it away."""
        if self.chosen is not None and self.chosen.kind != "run":
            self.notify("only a run can be drawn as a ghost", severity="warning")
        elif self.chosen is not None:
            path = self.chosen.path
            self.rocmtui.perform(lambda: self._set_baseline(None if path == self._marks.baseline else path))

    async def _set_baseline(self, path: str | None) -> None:
        await self._actions.set_baseline(path)
        self._marks.baseline = path
        self._show_rows()

    def action_delete(self) -> None:
        """Delete the chosen run, after a question."""
        entry = self.chosen
        if entry is None:
            return
        if entry.path == self._marks.current:
            self.notify("this run is still going", severity="warning")
            return

        def delete(sure: bool | None) -> None:
            if sure:
                self.rocmtui.perform(lambda: self._delete(entry.path))

        question = f"Delete {clean_line(entry.name, 100)} ({fmt.size(entry.size_bytes)}) for good?"
        self.app.push_screen(ConfirmScreen(f"delete {entry.kind}", question, yes="delete", no="keep"), delete)

    async def _delete(self, path: str) -> None:
        try:
            await self._shelf.delete(path)
        finally:
            await self._read()

    def action_copy(self) -> None:
        """Put the chosen run's path on the clipboard, through the terminal."""
        if self.chosen is not None:
            self.app.copy_to_clipboard(self.chosen.path)
            self.notify("path copied", timeout=3)

    def action_filter(self) -> None:
        """Narrow the list."""
        self.query_one(FindBox).open()

    @on(Input.Changed)
    def _filter_changed(self) -> None:
        self._show_rows()

    @on(Input.Submitted)
    def _filter_done(self) -> None:
        if self.chosen is not None:  # where nothing matches one goes on typing
            self.query_one(PickList).focus()

    def action_back(self) -> None:
        """Leave the filter or the preview, or the screen."""
        if self.query_one(FindBox).close() or self.query_one(PreviewPanel).has_focus:
            self.query_one(PickList).focus()
        else:
            self.dismiss()
