"""How fast a model ran on this machine before: from the runs on the shelf."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rocmtui.core.text import forms

if TYPE_CHECKING:
    from rocmtui.core.runs.entry import RunEntry


class PastSpeeds:
    """The newest run of each model that has a speed."""

    def __init__(self, entries: Iterable[RunEntry] = ()) -> None:
        """`entries` newest first."""
        self._newest: dict[tuple[str, str | None], RunEntry] = {}
        for entry in entries:
            if entry.kind == "run" and entry.has_report and entry.model and entry.output_tps:
                name = forms.model_name(entry.model).casefold()
                self._newest.setdefault((name, entry.quantization), entry)
                self._newest.setdefault((name, None), entry)

    def of(self, path: str, name: str, quantization: str | None) -> RunEntry | None:
        """Of a model file: by the file's name, else by the model's name and quantization together."""
        stem = forms.model_name(path).casefold()
        return self._newest.get((stem, None)) or self._newest.get((name.casefold(), quantization))


def past_words(entry: RunEntry) -> str:
    """`last run 23.8 tok/s with 6 workers, TTFT p95 1.30 s`."""
    ttft = "" if entry.ttft_p95_ms is None else f", TTFT p95 {forms.ms(entry.ttft_p95_ms)}"
    load = f" with {entry.load}" if entry.load else ""
    return f"last run {forms.tps(entry.output_tps)} tok/s{load}{ttft}"
