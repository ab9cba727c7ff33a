"""Calls of tools in a report: who made one, and how many of them could be carried out."""

from __future__ import annotations

import msgspec

from rocmtui.core.request.record import RequestRecord
from rocmtui.core.text import forms


class ToolFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The measured requests that completed and were offered tools."""

    offered: int
    """Replies that could call one."""
    called: int
    """Replies that did."""
    calls: int
    parsed: int
    """Calls of a tool that was offered, with arguments that are a JSON object."""

    @property
    def words(self) -> str:
        """`12 of 15 replies call one; 13 of 14 calls parse (93 %)`."""
        text = f"{forms.count(self.called)} of {forms.count(self.offered)} replies call one"
        if not self.calls:
            return text
        share = forms.share(self.parsed / self.calls)
        return f"{text}; {forms.count(self.parsed)} of {forms.count(self.calls)} calls parse ({share})"


class ToolTally:
    """Counts the calls of a run."""

    def __init__(self) -> None:
        self._offered = self._called = self._calls = self._parsed = 0

    def add(self, record: RequestRecord) -> None:
        """Take one record; those that were offered no tools are passed over."""
        if record.tool_calls is None or not record.counts:
            return
        self._offered += 1
        self._called += record.tool_calls > 0
        self._calls += record.tool_calls
        self._parsed += record.tool_calls_parsed

    def figures(self) -> ToolFigures | None:
        """None where no request was offered any."""
        if not self._offered:
            return None
        return ToolFigures(offered=self._offered, called=self._called, calls=self._calls, parsed=self._parsed)
