"""Pages in a real browser: no complaint, no request, readable in both themes, on paper and on a phone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rocmtui.core.bench.plan.cells import BenchPlan, Setup
from rocmtui.core.bench.plan.suite import BenchTest
from rocmtui.core.bench.plan.variant import Variant
from rocmtui.core.bench.report import BenchReport, summed_up
from rocmtui.core.page.html import html_of
from rocmtui.core.page.work_pages import bench_page
from rocmtui.core.report.document import Tool
from rocmtui.core.report.text.rows import metric_rows
from rocmtui.core.text import forms
from rocmtui.wiring.pages import comparison_text, page_text, read_assets
from rocmtui.wiring.replays import report_of
from tests.core.page.test_html import hostile_page
from tests.fakes.browser import CHROMIUM, Browser, browser
from tests.fakes.made_bench import made_results

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium here (Debian: apt-get install chromium)"
)
ROOT = Path(__file__).parents[3]
RECORDED = ROOT / "tests" / "recorded"
RUN = ROOT / "rocmtui" / "demos" / "gpu.rocmrun"
KINDS = ("run", "bench", "sweep", "comparison")

FAINT = """
(() => {
  const parts = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (c) => {
    const [r, g, b] = c.map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [low, high] = [light(parts(a)), light(parts(b))].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if ((parts(colour)[3] ?? 1) === 1) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const faint = [];
  for (const element of document.querySelectorAll("main *")) {
    const style = getComputedStyle(element);
    const speaks = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    const mark = element.matches(".lane i, .span i, .span u, .lanes .note i") && style.backgroundColor;
    if (!element.getClientRects().length || (!speaks && !mark)) continue;
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const found = contrast(mark || style.color, behind(mark ? element.parentElement : element));
    if ((parts(mark || "1")[3] ?? 1) && found < (mark || large ? 3 : 4.5))
      faint.push([element.outerHTML.slice(0, 80), found]);
  }
  const root = getComputedStyle(document.documentElement), probe = document.createElement("i");
  document.body.append(probe);
  const colour = (name) => {
    probe.style.color = root.getPropertyValue("--" + name);
    return getComputedStyle(probe).color;
  };
  for (const name of ["a", "b", "c", "d", "e", "quiet", "soft"]) {
    const found = contrast(colour(name), colour("paper"));
    if (found < (name === "soft" ? 4.5 : 3)) faint.push([name, found]);
  }
  probe.remove();
  return faint;
})()
"""
"""WCAG 2 AA, in the page: text against what is behind it 4.5 (large 3), marks and the charts' colours 3."""


def deep_bench() -> BenchReport:
    """Two variants at three depths, with intervals and verdicts."""
    tests = tuple(
        BenchTest(kind="decode", prompt_tokens=32, max_tokens=128, depth=depth) for depth in (0, 2048, 4000)
    )
    plan = BenchPlan(
        models=("gemma.gguf",),
        variants=(Variant(label="rocm"), Variant(label="vulkan")),
        tests=tests,
        rounds=4,
    )

    def speeds(setup: Setup, test: BenchTest, round_: int) -> dict[str, float]:
        at_zero, each = (10.0, 0.2) if setup.variant.label == "rocm" else (9.0, 0.4)
        ms = (at_zero + each * test.depth / 1000) * (1.004, 0.996, 1.002, 0.998)[round_]
        return {"output_tps_per_request": 1000 / ms}

    head = BenchReport(tool=Tool(version="1"), started_at="", ended="done", seconds=1.0, plan=plan)
    return summed_up(head, made_results(plan, speeds))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page of each kind."""
    folder = tmp_path_factory.mktemp("pages")
    shutil.copy(RECORDED / "sweep.json", folder)
    texts = {
        "run": page_text(RUN),
        "bench": html_of(bench_page(deep_bench()), read_assets()),
        "sweep": page_text(folder),
        "comparison": comparison_text(RECORDED / "load-a.rocmrun", RECORDED / "load-b.rocmrun"),
        "hostile": html_of(hostile_page(), read_assets()),
    }
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text)
    return {name: folder / f"{name}.html" for name in texts}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all."""
    with browser(tmp_path_factory.mktemp("profile")) as shown:
        yield shown


@pytest.mark.parametrize("kind", [*KINDS, "hostile"])
@pytest.mark.parametrize(
    "way",
    [{}, {"theme": "dark"}, {"media": "print", "theme": "dark", "width": 700}, {"width": 390}],
    ids=["light", "dark", "paper", "phone"],
)
def test_nobody_complains_and_all_can_be_read(
    kind: str, way: dict[str, Any], files: dict[str, Path], page: Browser
) -> None:
    page.open(files[kind], **way)
    assert page.complaints == []
    assert page.asked == [files[kind].as_uri()]
    assert page.run("document.querySelectorAll('.plot:not(:has(canvas))').length") == 0
    assert page.run("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert page.run(FAINT) == []


def test_the_figures_are_those_of_the_report(files: dict[str, Path], page: Browser) -> None:
    report = report_of(RUN)
    page.open(files["run"])
    tiles = page.run("[...document.querySelectorAll('.tiles:not(#moment) dd')].map(e => e.innerText)")
    assert tiles[0] == f"{forms.figure(report.throughput.output_tps)} tok/s"
    assert tiles[1].startswith(f"{forms.figure(report.metrics['ttft'].p50)} ms")
    rows = "[...[...document.querySelectorAll('table')].filter(t => !t.matches('.u-legend')).at(-1).rows]"
    told = page.run(f"{rows}.slice(1).map(r => [...r.cells].map(c => c.innerText))")
    assert told == [list(row) for row in metric_rows(report.metrics)]


def test_a_chart_tells_its_values_where_it_is_pointed_at(files: dict[str, Path], page: Browser) -> None:
    page.open(files["bench"])
    page.run("document.querySelector('.u-over').scrollIntoView({block: 'center'})")
    at = page.run(
        "(b => [b.left + 2, b.top + 20])(document.querySelector('.u-over').getBoundingClientRect())"
    )
    page.move_mouse(*at)
    told = page.run("[...document.querySelectorAll('.u-series:not(.edge) .u-value')].map(e => e.innerText)")
    slow, fast = (figure.median for figure in deep_bench().rows[0].figures)
    assert told == ["0.00", f"{slow:.0f}", f"{fast:.0f}"]


def test_the_run_is_shown_again(files: dict[str, Path], page: Browser) -> None:
    page.open(files["run"])
    page.run("(e => { e.value = e.max; e.dispatchEvent(new Event('input')) })(document.getElementById('at'))")
    told = page.run("[...document.querySelectorAll('#moment dd')].map(e => e.innerText)")
    report = report_of(RUN)
    assert told[-2:] == [forms.count(report.requests.completed), forms.count(report.requests.failed)]
    assert (
        page.run("document.getElementById('play').click() ?? document.getElementById('play').innerText")
        == "pause"
    )


def test_markup_in_texts_stays_text(files: dict[str, Path], page: Browser) -> None:
    page.open(files["hostile"])
    assert page.run("document.scripts.length + document.images.length") == 3
    said = page.run("document.querySelector('h1').innerText")
    assert "<script>alert(1)</script>" in said
    assert page.complaints == []
