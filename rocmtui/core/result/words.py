"""A result as text: the lines left on the terminal, and Markdown to paste."""

from __future__ import annotations

from rocmtui.core.report.document import Report
from rocmtui.core.result.card import (
    ResultCard,
    difference,
    energy_words,
    failed_words,
    faults,
    load_words,
    met_words,
    slo_words,
    time_words,
)
from rocmtui.core.text import forms
from rocmtui.core.text.sanitize import clean_line
from rocmtui.core.text.tables import Table, columns, markdown_table, markdown_text

SHORT = {"ttft": "TTFT", "itl": "ITL"}
"""Metrics that people know by their initials."""


def quantiles_text(report: Report, tag: str, names: tuple[str, ...]) -> str:
    """`TTFT p50 0.41 s  p95 1.43 s`: nothing where the metric has no values."""
    summary = report.metrics.get(tag)
    if summary is None:
        return ""
    values = "  ".join(f"{name} {forms.ms(getattr(summary, name))}" for name in names)
    return f"{SHORT[tag]} {values}"


def speed_words(report: Report) -> str:
    """`176 tok/s over 4:31, 0 of 200 failed`."""
    time = f" over {time_words(report)}" if time_words(report) else ""
    return f"{forms.tps(report.throughput.output_tps)} tok/s{time}, {failed_words(report)} failed"


def terminal_lines(card: ResultCard) -> list[str]:
    """Four lines: speed, times, what to mind or how it stands to the last one, where it is kept."""
    report, wrong = card.report, faults(card)
    first = ", ".join(filter(None, (f"{card.heading}: {speed_words(report)}", load_words(report.scenario))))
    ttft = quantiles_text(report, "ttft", ("p50", "p95", "p99"))
    itl = quantiles_text(report, "itl", ("p50", "p95"))
    second = ", ".join(filter(None, (ttft, itl, *met_words(report), *energy_words(report))))
    third = f"against {card.earlier}: {difference(card)}" if difference(card) else ""
    if wrong:
        more = f" (and {len(wrong) - 1} more: see its report)" if len(wrong) > 1 else ""
        mark = forms.BAD if wrong[0].level == "error" else forms.MIND
        third = " · ".join(filter(None, (f"{mark} {wrong[0].text}{more}", third)))
    lines = (first, second, third, f"kept in {card.place}")
    return [clean_line(line, 400) for line in lines if line]


def card_markdown(card: ResultCard) -> str:
    """A heading, what was wrong, a table of figures, and what was run."""
    report = card.report
    server = report.server
    named = forms.model_words(server.model, server.quantization)
    what = [*named, load_words(report.scenario), server.backend, server.build]
    rows = [("output speed", f"{forms.tps(report.throughput.output_tps)} tok/s")]
    for tag, names in (("ttft", ("p50", "p95", "p99")), ("itl", ("p50", "p95", "p99"))):
        if (summary := report.metrics.get(tag)) is not None:
            rows += [(f"{SHORT[tag]} {name}", forms.ms(getattr(summary, name))) for name in names]
    rows.append(("failed", failed_words(report)))
    rows += [("SLO " + (forms.MET if slo.met else forms.MISSED), slo_words(slo)) for slo in report.slo]
    rows += [("energy and memory", ", ".join(energy_words(report)))] if energy_words(report) else []
    if difference(card):
        rows.append((f"against {card.earlier}", difference(card)))
    parts = [
        f"**{markdown_text(', '.join(part for part in what if part) or card.heading)}**",
        "\n".join(f"> {fault.level}: {markdown_text(fault.text)}" for fault in faults(card)),
        markdown_table(Table(columns("figure", "value"), rows)),
        f"rocmtui {report.tool.version}, {report.started_at}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"
