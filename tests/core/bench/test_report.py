"""The bench report in all its forms: JSON, text, Markdown, CSV and JUnit."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ElementTree

import msgspec
import pytest

from rocmtui.core.bench.plan.cells import BenchPlan, Setup, setups
from rocmtui.core.bench.plan.suite import CONCURRENT, DECODE, BenchTest
from rocmtui.core.bench.plan.variant import Variant
from rocmtui.core.bench.report import BenchReport, decode_bench, summed_up
from rocmtui.core.bench.result import BenchResults, MachineSeen, StartResult
from rocmtui.core.bench.text.whole import markdown_report, terminal_text
from rocmtui.core.exports.junit import bench_junit
from rocmtui.core.exports.tables import bench_csv
from rocmtui.core.report.document import Machine, Tool
from rocmtui.core.text import forms
from rocmtui.core.text.documents import pretty
from rocmtui.errors import RunFolderError
from tests.fakes.made_bench import made_results

PLAN = BenchPlan(
    models=("/m/gemma.gguf",),
    parallel=(1, 4),
    variants=(Variant(label="on"), Variant(label="off", flags=("-fa", "off"))),
    tests=(DECODE, CONCURRENT),
    rounds=3,
    title="flash attention",
)
NOISE = (1.0, 1.01, 0.99)


def speeds(setup: Setup, test: BenchTest, round_: int) -> dict[str, float]:
    tps = 100 * NOISE[round_] * (0.8 if setup.variant.label == "off" else 1.0)
    return {"output_tps": tps * setup.parallel, "output_tps_per_request": tps}


def report_of(results: BenchResults, ended: str = "done") -> BenchReport:
    begun = BenchReport(
        tool=Tool(version="0.1.0"),
        plan=PLAN,
        started_at="2026-05-04T10:11:12Z",
        ended=ended,  # type: ignore[arg-type]
        seconds=754.0,
        machine=Machine(cpu="Ryzen 7", cpu_count=8, gpus=({"name": "RX 7800 XT", "pci": "0000:03:00.0"},)),
        model_hashes={"/m/gemma.gguf": "abc"},
    )
    return summed_up(begun, results)


REPORT = report_of(made_results(PLAN, speeds))


def test_json_goes_there_and_back() -> None:
    assert decode_bench(pretty(REPORT)) == REPORT


@pytest.mark.parametrize(
    "text", [b"{", b"{}", b'{"schema": "rocmtui.bench/2"}', b'{"schema": "rocmtui.report/1"}']
)
def test_what_is_no_bench_is_refused(text: bytes) -> None:
    with pytest.raises(RunFolderError):
        decode_bench(text)


def test_in_the_markdown_the_results_come_first_and_what_went_wrong_before_the_machine() -> None:
    text = markdown_report(msgspec.structs.replace(REPORT, warnings=("other programs were busy",)))
    sections = [line[3:] for line in text.splitlines() if line.startswith("## ")]
    assert sections[0] == "Results"
    assert sections.index("Warnings") < sections.index("Machine")
    assert sections[-1] == "Method"


def test_the_markdown_holds_machine_commands_tables_verdicts_and_method() -> None:
    text = markdown_report(REPORT)
    for part in (
        "# flash attention",
        "2026-05-04T10:11:12Z, rocmtui 0.1.0, 3 rounds, 12 min 34 s.",
        "| CPU | Ryzen 7 |",
        "| GPU | RX 7800 XT, 0000:03:00.0 |",
        "# off, 4 slots: b9120\nllama-server -m /m/gemma.gguf -np 4 -fa off",
        "20.0 % slower",
        "1 to 4",
        "4x (4 to 4)",
        "comparisons judged together (Holm): if nothing differed, 5 % of such benches",
    ):
        assert part in text


def test_the_terminal_table_is_aligned() -> None:
    lines = terminal_text(REPORT).splitlines()
    assert lines[0] == "gemma"
    assert lines[1].split()[:6] == ["slots", "test", "prompt", "unit", "on", "off"]
    assert lines[2].index("tok/s") == lines[1].index("unit")


def test_without_a_gpu_the_memory_of_cards_has_no_columns() -> None:
    rows = tuple(
        msgspec.structs.replace(
            row,
            kv_bytes=18 * 2**20,
            **dict.fromkeys(("vram_before_bytes", "vram_loaded_bytes", "vram_peak_bytes"), None),
            **dict.fromkeys(("vram_kept_bytes", "vram_per_slot_bytes"), None),
        )
        for row in REPORT.memory
    )
    text = terminal_text(msgspec.structs.replace(REPORT, memory=rows))
    assert "KV MiB" in text
    assert "loaded MiB" not in text
    assert "not given back" not in text
    some = (msgspec.structs.replace(rows[0], vram_loaded_bytes=2**30), *rows[1:])
    assert "loaded MiB" in terminal_text(msgspec.structs.replace(REPORT, memory=some))


def test_more_than_two_variants_stand_below_each_other() -> None:
    three = (*PLAN.variants, Variant(label="auto", flags=("-fa", "auto")))
    plan = msgspec.structs.replace(PLAN, variants=three)
    begun = msgspec.structs.replace(REPORT, plan=plan)
    lines = terminal_text(summed_up(begun, made_results(plan, speeds))).splitlines()
    assert [line.split()[0] for line in lines[1:5]] == ["slots", "1", "off", "auto"]
    assert lines[3].endswith("20.0 % slower (20.0 to 20.0)")


def test_what_did_not_run_is_a_row_with_its_reason() -> None:
    results = made_results(PLAN, speeds)
    off = setups(PLAN, PLAN.models[0])[1]
    results.cells = [cell for cell in results.cells if cell.setup != off.key]
    results.add(StartResult(setup=off.key, model=off.model, parallel=1, round=0, error="no | kernel *image*"))
    report = report_of(results)
    assert [(row.variant, row.parallel, row.reason) for row in report.not_run] == [
        ("off", 1, "no | kernel *image*")
    ]
    assert "- gemma, 1 slot, off: no \\| kernel \\*image\\*" in markdown_report(report)
    assert report.warnings[0] == "incomplete: 18 of 24 cells were measured"


def test_warnings_that_differ_in_figures_only_are_one() -> None:
    results = made_results(PLAN, speeds)
    for index, cell in enumerate(list(results.cells)[:3]):
        seen = MachineSeen(unsettled=(f"load average {index}.5",))
        results.add(msgspec.structs.replace(cell, warnings=(f"client used {index}5 % of a core",), seen=seen))
    assert report_of(results).warnings == (
        "3 of 24 cells: client used 05 % of a core",
        "3 of 24 cells began on a machine not at rest: load average 0.5",
    )


def test_an_interrupted_bench_says_so() -> None:
    report = report_of(BenchResults(), "interrupted")
    assert report.warnings == ("incomplete: 0 of 24 cells were measured",)
    assert [row.reason for row in report.not_run] == ["its turn did not come"] * 4
    (warning,) = report_of(made_results(PLAN, speeds), "interrupted").warnings
    assert warning == "all 24 cells were measured; what came after them was interrupted"
    assert "interrupted" in markdown_report(report)


def test_csv_has_a_line_for_each_figure() -> None:
    rows = list(csv.DictReader(io.StringIO(bench_csv(REPORT))))
    assert len(rows) == 12
    assert (rows[0]["test"], rows[0]["variant"], rows[0]["median"], rows[0]["rounds"]) == (
        "tg128",
        "on",
        "100.0",
        "100 101 99",
    )
    assert (rows[1]["verdict"], rows[1]["model_hash"]) == ("worse", "abc")
    assert float(rows[1]["change"]) == pytest.approx(-0.2)


def test_junit_fails_what_got_worse_by_more_than_asked() -> None:
    strict, lenient = (ElementTree.fromstring(bench_junit(REPORT, beyond=b)) for b in (0.05, 0.5))
    assert (strict.get("failures"), lenient.get("failures")) == ("6", "0")
    failed = strict.find(".//failure")
    assert failed is not None
    assert failed.get("message", "").startswith("20.0 % slower")


def test_junit_stays_well_formed_with_hostile_text() -> None:
    results = BenchResults()
    off = setups(PLAN, PLAN.models[0])[1]
    results.add(StartResult(setup=off.key, model=off.model, parallel=1, round=0, error='\x1b[31m<&"\x00'))
    root = ElementTree.fromstring(bench_junit(report_of(results)))
    assert root.get("errors") == "4"


def test_models_of_one_name_keep_their_folder() -> None:
    plan = BenchPlan(models=("/a/m.gguf", "/b/m.gguf", "/c/n.gguf"))
    assert {model: plan.name_of(model) for model in plan.models} == {
        "/a/m.gguf": "/a/m.gguf",
        "/b/m.gguf": "/b/m.gguf",
        "/c/n.gguf": "n",
    }


@pytest.mark.parametrize(("seconds", "text"), [(42.4, "42 s"), (200, "3 min 20 s"), (7500, "2 h 05 min")])
def test_durations_read_well(seconds: float, text: str) -> None:
    assert forms.duration(seconds) == text


def test_labels_are_no_formulas_and_titles_no_broken_xml() -> None:
    figures = tuple(msgspec.structs.replace(f, variant="=cmd()") for f in REPORT.rows[0].figures)
    rows = (msgspec.structs.replace(REPORT.rows[0], figures=figures), *REPORT.rows[1:])
    plan = msgspec.structs.replace(REPORT.plan, title="a\x00b\x1b[31m\x0b<c>")
    hostile = msgspec.structs.replace(REPORT, rows=rows, plan=plan)
    assert next(csv.DictReader(io.StringIO(bench_csv(hostile))))["variant"] == "'=cmd()"
    assert ElementTree.fromstring(bench_junit(hostile)).find("testsuite") is not None
