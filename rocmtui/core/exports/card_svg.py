"""A run's result as a small picture to put beside words: a card, light or dark as the reader's page."""

from __future__ import annotations

from html import escape

from rocmtui.core.report.document import Report
from rocmtui.core.result.card import failed_words, load_words, time_words
from rocmtui.core.text import forms
from rocmtui.core.text.sanitize import clean_line

WIDTH, HEIGHT = 640, 260
_STYLE = """\
text { font-family: ui-sans-serif, system-ui, sans-serif; fill: #1c2024 }
.card { fill: #ffffff; stroke: #c8ccd0 } .name, .foot { fill: #565d64; font-size: 13px }
.big { font-size: 40px; font-weight: 600 } .figure { font-size: 20px }
.head { font-size: 17px; font-weight: 600 }
.bad { fill: #b3261e }
@media (prefers-color-scheme: dark) {
  text { fill: #e8eaed } .card { fill: #16191d; stroke: #3a4047 } .name, .foot { fill: #a9b1b9 }
  .bad { fill: #ff8a80 }
}"""


def card_svg(report: Report) -> str:
    """The SVG: speed first, then the times, then what was run and how it ended."""
    model = forms.model_words(report.server.model, report.server.quantization) or ("a load",)
    head = ", ".join(filter(None, (*model, load_words(report.scenario))))
    lines = [
        _text(24, 38, "head", head, 74),
        _text(24, 92, "big", f"{forms.tps(report.throughput.output_tps)} tok/s"),
    ]
    for index, (tag, title) in enumerate((("ttft", "time to first token"), ("itl", "between tokens"))):
        x, summary = 24 + index * 300, report.metrics.get(tag)
        lines.append(_text(x, 132, "name", title))
        values = "–" if summary is None else f"p50 {forms.ms(summary.p50)}, p95 {forms.ms(summary.p95)}"
        lines.append(_text(x, 158, "figure", values))
    counts = f"{failed_words(report)} requests failed"
    lines.append(_text(24, 196, "foot", ", ".join(filter(None, (counts, time_words(report)))), 90))
    where = ", ".join(filter(None, (report.server.backend, report.server.build, report.machine.cpu)))
    lines.append(_text(24, 216, "foot", where, 90))
    warned = len(report.audit.warnings)
    said = f"{forms.plural(warned, 'warning')} in its audit" if warned else "its audit warns of nothing"
    foot = f"rocmtui {report.tool.version}, {report.started_at}, {said}"
    lines.append(_text(24, 236, "foot bad" if warned else "foot", foot, 90))
    body = "\n".join(lines)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img">\n'
        f"<title>{escape(clean_line(head, 200), quote=False)}</title>\n<style>{_STYLE}</style>\n"
        f'<rect class="card" x="1" y="1" width="{WIDTH - 2}" height="{HEIGHT - 2}" rx="10"/>\n'
        f"{body}\n</svg>\n"
    )


def _text(x: int, y: int, kind: str, text: str, most: int = 80) -> str:
    return f'<text x="{x}" y="{y}" class="{kind}">{escape(clean_line(text, most), quote=False)}</text>'
