"""A page is one file that asks for nothing, tells the report's figures, and lets no text be markup."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from rocmtui.cli.main import main
from rocmtui.core.page.html import html_of
from rocmtui.core.page.parts import Cell, Chart, Figure, Lane, Moment, Page, Series, Table, thinned
from rocmtui.core.text import forms
from rocmtui.wiring.pages import page_text, read_assets
from rocmtui.wiring.replays import report_of

HOSTILE = '</script><script>alert(1)</script><img src=x onerror="alert(2)">\x1b[31m'
RUN = Path(__file__).parents[2] / "recorded" / "load-a.rocmrun"


def hostile_page() -> Page:
    return Page(
        title=HOSTILE,
        subtitle=HOSTILE,
        answer=HOSTILE,
        figures=(Figure(title=HOSTILE, value=HOSTILE, unit=HOSTILE, detail=HOSTILE),),
        warnings=(HOSTILE,),
        charts=(
            Chart(
                title=HOSTILE,
                x=(0, 1),
                series=(Series(HOSTILE, (1, None)),),
                x_label=HOSTILE,
                y_label=HOSTILE,
            ),
        ),
        lanes=(Lane(name=HOSTILE, stretches=((0.0, 1.0, "queue", HOSTILE),)),),
        tables=(Table(title=HOSTILE, head=(HOSTILE,), rows=((Cell(text=HOSTILE, span=(0.2, 0.5, 0.7)),),)),),
        replay_head=(HOSTILE,),
        replay=(Moment(0.0, (HOSTILE,)), Moment(1.0, (HOSTILE,))),
        foot=HOSTILE,
    )


def test_text_is_never_markup() -> None:
    text = html_of(hostile_page(), read_assets())
    assert text.count("<script") == text.count("</script>") == 3
    assert "<img" not in text
    assert "\x1b" not in text
    data = re.search(r"<script type=application/json id=data>(.*?)</script>", text)
    assert data is not None
    assert json.loads(data[1])["charts"][0]["title"] == HOSTILE


@pytest.mark.parametrize("name", ["load-a", "bench", "sweep"])
def test_a_page_is_small_and_asks_for_nothing(name: str, tmp_path: Path) -> None:
    path = RUN.with_name(f"{name}.rocmrun")
    if name in ("bench", "sweep"):
        path = tmp_path / "folder"
        path.mkdir()
        shutil.copy(RUN.with_name(f"{name}.json"), path / f"{name}.json")
    text = page_text(path)
    assert len(text.encode()) < 500_000
    assert not re.search(r"(?:src|href|url\(|@import|fetch\(|XMLHttp)[^\n]{0,20}https?:", text)
    assert "<link" not in text


def test_the_figures_are_those_of_the_report() -> None:
    report, text = report_of(RUN), page_text(RUN)
    assert f"<dd>{forms.figure(report.throughput.output_tps)} <small>tok/s</small></dd>" in text
    assert f'<td class="n">{forms.figure(report.metrics["ttft"].p95)}</td>' in text


def test_a_run_of_any_length_stays_drawable() -> None:
    assert thinned(0) == []
    assert thinned(1) == [0]
    kept = thinned(10_001)
    assert len(kept) <= 602
    assert (kept[0], kept[-1]) == (0, 10_000)


def test_the_command_writes_one_file_for_a_run_and_for_two(tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    assert main(["runs", "html", str(RUN), "-o", str(out)]) == 0
    assert "<h1>" in out.read_text()
    assert main(["runs", "html", str(RUN), str(RUN.with_name("load-b.rocmrun")), "-o", str(out)]) == 0
    assert "B against A" in out.read_text()
    assert main(["runs", "html", str(RUN), "-o", str(tmp_path / "no" / "x.html")]) == 2
    assert main(["compare", str(RUN), str(RUN.with_name("load-b.rocmrun")), "--html", str(out)]) == 0
    assert "rocmtui comparison" in out.read_text()
