"""A page as one HTML file that needs nothing else: no network, no server, scripts and styles inside.

Text is escaped wherever it stands; data for the charts is JSON in a script element of its own, with every `<`
written as its code, so that no text can end the element.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import msgspec

from rocmtui.core.page.parts import Cell, Chart, Figure, Lane, Page, Table
from rocmtui.core.text.sanitize import clean_line

MOST_TEXT = 2000


class Assets(msgspec.Struct, frozen=True):
    """Scripts and styles of the page; they ship with the package."""

    chart_script: str
    """uPlot: 50 kB, no dependencies, draws ten thousand points in milliseconds."""
    chart_style: str
    script: str
    style: str


def html_of(page: Page, assets: Assets) -> str:
    """The text of the file."""
    body = "\n".join(
        part
        for part in (
            f"<header><h1>{_text(page.title)}</h1><p class=sub>{_text(page.subtitle)}</p></header>",
            f"<p class=answer>{_text(page.answer)}</p>" if page.answer else "",
            _figures(page.figures),
            _warnings(page.warnings),
            "".join(map(_chart, range(len(page.charts)), page.charts)),
            _lanes(page.lanes),
            "".join(map(_table, page.tables)),
            _replay(page),
            f"<footer>{_text(page.foot)}</footer>",
        )
        if part
    )
    data = {"charts": page.charts, "replay": page.replay}
    return (
        "<!doctype html>\n<html lang=en><head><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width,initial-scale=1">'
        f"<title>{_text(page.title)}</title>"
        f"<style>{assets.chart_style}\n{assets.style}</style></head>\n<body><main>\n{body}\n</main>"
        f"<script type=application/json id=data>{_json(data)}</script>\n"
        f"<script>{assets.chart_script}</script>\n<script>{assets.script}</script></body></html>\n"
    )


def _text(text: str) -> str:
    return escape(clean_line(text, MOST_TEXT))


def _json(data: object) -> str:
    encoded = msgspec.json.encode(data).decode()
    return encoded.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _figures(figures: Iterable[Figure]) -> str:
    tiles = "".join(
        f'<div class="tile {one.tone}"><dt>{_text(one.title)}</dt>'
        f"<dd>{_text(one.value)} <small>{_text(one.unit)}</small></dd>"
        + (f"<p>{_text(one.detail)}</p>" if one.detail else "")
        + "</div>"
        for one in figures
    )
    return f"<dl class=tiles>{tiles}</dl>" if tiles else ""


def _warnings(warnings: Iterable[str]) -> str:
    items = "".join(f"<li>{_text(text)}</li>" for text in warnings)
    return f"<section class=warnings><h2>To mind</h2><ul>{items}</ul></section>" if items else ""


def _chart(number: int, chart: Chart) -> str:
    note = f"<p class=note>{_text(chart.note)}</p>" if chart.note else ""
    said = _text(f"{chart.title}: {', '.join(series.label for series in chart.series)}")
    return (
        f"<section class=chart><h2>{_text(chart.title)}</h2>"
        f'<div class=plot data-chart={number} role=img aria-label="{said}"></div>'
        f"{note}</section>\n"
    )


def _lanes(lanes: Iterable[Lane]) -> str:
    rows = list(lanes)
    end = max((stretch[1] for lane in rows for stretch in lane.stretches), default=0.0)
    if end <= 0:
        return ""
    body = "".join(
        f"<div class=lane><b>{_text(lane.name)}</b><div>"
        + "".join(
            f'<i class={kind} style="left:{100 * start / end:.3f}%;width:{100 * (stop - start) / end:.3f}%" '
            f'title="{_text(said)}"></i>'
            for start, stop, kind, said in lane.stretches
        )
        + "</div></div>"
        for lane in rows
    )
    legend = "".join(
        f"<span><i class={kind}></i>{kind}</span>" for kind in ("queue", "prefill", "decode", "stall")
    )
    return (
        f"<section class=lanes><h2>Requests over time</h2>{body}"
        f"<p class=note>0 to {end:.1f} s &nbsp; {legend}</p></section>\n"
    )


def _table(table: Table) -> str:
    right = [cell.number for cell in table.rows[0]] if table.rows else [False] * len(table.head)
    head = "".join(
        f'<th class="{"n" if number else ""}">{_text(title)}</th>'
        for title, number in zip(table.head, right, strict=True)
    )
    rows = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in table.rows)
    note = f"<p class=note>{_text(table.note)}</p>" if table.note else ""
    return (
        f"<section><h2>{_text(table.title)}</h2><div class=scroll><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>{note}</section>\n"
    )


def _cell(cell: Cell) -> str:
    kind = " ".join(filter(None, (cell.tone, "n" if cell.number else "")))
    bar = ""
    if cell.span is not None:
        low, middle, high = (100 * min(max(end, 0.0), 1.0) for end in cell.span)
        ends = f"left:{low:.2f}%;width:{max(high - low, 0.5):.2f}%"
        mark = f'<u style="left:{middle:.2f}%"></u>'
        bar = f'<span class=span aria-hidden=true><i style="{ends}"></i>{mark}</span>'
    return f'<td class="{kind}">{bar}{_text(cell.text)}</td>'


def _replay(page: Page) -> str:
    if len(page.replay) < 2:
        return ""
    cells = "".join(f"<div><dt>{_text(name)}</dt><dd></dd></div>" for name in page.replay_head)
    return (
        "<section class=replay><h2>The run again</h2>"
        f"<p><button type=button id=play>play</button> "
        f"<input type=range id=at min=0 max={len(page.replay) - 1} value=0 aria-label=position> "
        f"<output id=clock></output></p><dl class=tiles id=moment>{cells}</dl></section>\n"
    )
