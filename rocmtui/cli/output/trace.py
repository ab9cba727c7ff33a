"""What `rocmtui trace info` prints."""

from __future__ import annotations

from rocmtui.cli.output.face import Face
from rocmtui.core.load.traces.figures import (
    Lengths,
    TraceFigures,
    arrivals_line,
    headline,
    length_rows,
    reuse_words,
)
from rocmtui.core.text import forms
from rocmtui.core.text.tables import Column, Table

_QUANTILES = (Column("tokens"), *(Column(name, right=True) for name in ("p50", "p90", "p99", "max")))
_BARS = (Column("tokens"), Column("", least=10), Column("requests", right=True))


def trace_text(figures: TraceFigures, left_out: list[str], face: Face) -> str:
    """Arrivals, lengths and reuse; ends with a newline."""
    kinds = (
        ("prompt", figures.prompt_tokens),
        ("reply", figures.output_tokens),
        ("both", figures.context_tokens),
    )
    parts = [
        face.prose("\n".join((headline(figures), reuse_words(figures), *left_out))),
        f"arrivals  {arrivals_line(figures)}" if figures.arrivals else "",
        face.table(Table(_QUANTILES, [(name, *_row(lengths)) for name, lengths in kinds])),
        *(
            f"{name} lengths\n" + face.table(Table(_BARS, length_rows(lengths)))
            for name, lengths in kinds[:2]
        ),
    ]
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def _row(lengths: Lengths) -> tuple[str, ...]:
    return tuple(forms.count(round(value)) for value in (lengths.p50, lengths.p90, lengths.p99, lengths.max))
