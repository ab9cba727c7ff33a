"""One form a figure: app, terminal, report, page and lists write a run alike."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

import rocmtui
from rocmtui.adapters.runs.demo_runs import demo_run
from rocmtui.adapters.runs.pack import open_run
from rocmtui.cli.output.face import Face
from rocmtui.cli.output.load import load_text
from rocmtui.cli.output.runs import runs_table
from rocmtui.core.page.html import Assets, html_of
from rocmtui.core.page.run_page import run_page
from rocmtui.core.report.document import Report, SloResult
from rocmtui.core.report.text.markdown import report_markdown
from rocmtui.core.result.card import ResultCard
from rocmtui.core.result.words import card_markdown, terminal_lines
from rocmtui.core.runs.entry import RunEntry, with_report
from rocmtui.core.text import forms
from rocmtui.tui.result.drawing import draw_card
from rocmtui.tui.runs.rows import run_texts
from tests.tui.screen_text import text_of

PACKAGE = Path(rocmtui.__file__).parent
FACES = ("core", "tui", "cli", "services")
OF_THEIR_OWN = {
    "cli/options/numbers.py": "says back what was typed",
    "cli/options/sweep.py": "says back what was typed",
    "cli/commands/measure/selftest.py": "the instrument's own error, in columns of its own",
    "core/answers/distance.py": "nats and probabilities, to the digit of the published scale",
    "core/exports/tables.py": "files for machines",
    "core/bench/plan/cells.py": "says back what was typed",
    "core/doctor/self_test.py": "the instrument's own error, to a thousandth of a millisecond",
    "core/exports/junit.py": "files for machines",
    "core/exports/llama_bench.py": "as llama-bench writes it",
    "core/exports/trackers.py": "files for machines",
    "core/page/html.py": "positions in style sheets",
    "core/sweep/plan.py": "rounds a load, shows nothing",
    "core/text/forms.py": "the table of forms",
}


def report() -> Report:
    """The packaged run, made to have what makes forms differ: thousands, a missed SLO, failures."""
    with open_run(demo_run("gpu")) as run:
        found = run.report_or_built()
    ttft = msgspec.structs.replace(found.metrics["ttft"], p50=412.3, p95=1432.0, p99=3_210.0)
    return msgspec.structs.replace(
        found,
        metrics={**found.metrics, "ttft": ttft},
        throughput=msgspec.structs.replace(found.throughput, output_tps=12_345.6),
        requests=msgspec.structs.replace(found.requests, sent=20_000, completed=19_990, failed=10),
        server=msgspec.structs.replace(found.server, model="gemma-3-27b-it.gguf", quantization="Q4_K_M"),
        slo=(SloResult(expression="ttft_p95<1s", value=1432.0, met=False),),
    )


def faces() -> dict[str, str]:
    run = report()
    card = ResultCard(path="/runs/a", place="~/runs/a", report=run)
    entry = with_report(RunEntry(path="/runs/a", name="a"), run)
    return {
        "terminal": load_text(run, Face(None)),
        "report.md": report_markdown(run),
        "page": html_of(run_page(run, (), ()), Assets("", "", "", "")),
        "card": "\n".join(text_of(draw_card(card, 100))),
        "after quitting": "\n".join(terminal_lines(card)),
        "card as Markdown": card_markdown(card),
        "rocmtui runs": runs_table((entry,), Face(None)),
        "runs screen": " ".join(run_texts(entry)),
    }


WITH_A_MISSED_SLO = ("terminal", "report.md", "page", "card", "after quitting", "card as Markdown")
WITH_TIMES = ("terminal", "page", "card", "after quitting", "card as Markdown", "rocmtui runs", "runs screen")


def test_all_faces_write_speed_times_and_failures_alike() -> None:
    told = faces()
    for name, text in told.items():
        assert "12,346" in text, name
        for otherwise in ("12346", "12.3k", "12345", ".gguf", "1.43s", "1432"):
            assert otherwise not in text.replace("/runs", ""), (name, otherwise)
    for name in WITH_TIMES:
        assert "1.43 s" in told[name], name
    for name in WITH_A_MISSED_SLO:
        assert forms.MISSED in told[name], name
        assert "ttft_p95&lt;1s" in told[name] or "ttft_p95<1s" in told[name].replace("\\", ""), name


def formats(path: Path) -> Iterator[tuple[int, str]]:
    """Every format of a number in a module: its line and what stands behind the colon."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FormattedValue) and isinstance(node.format_spec, ast.JoinedStr):
            spec = "".join(str(getattr(part, "value", "")) for part in node.format_spec.values)
            if spec[-1:] in ("f", "%", ",") or (spec[-1:] == "g" and "." in spec):
                yield node.lineno, spec


@pytest.mark.parametrize("layer", FACES)
def test_no_module_has_a_form_of_its_own(layer: str) -> None:
    found = {
        f"{path.relative_to(PACKAGE)}:{line} {spec}"
        for path in (PACKAGE / layer).rglob("*.py")
        if str(path.relative_to(PACKAGE)) not in OF_THEIR_OWN
        for line, spec in formats(path)
    }
    assert found == set()


def test_those_with_a_form_of_their_own_still_have_one() -> None:
    assert [name for name in OF_THEIR_OWN if not list(formats(PACKAGE / name))] == []
