"""What others read of a run, bench and sweep: parsed by their own parsers, and equal to the report."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from contextlib import closing
from statistics import fmean
from xml.etree import ElementTree

import pytest

from rocmtui.core.bench.plan.cells import BenchPlan
from rocmtui.core.bench.plan.suite import DECODE, PREFILL
from rocmtui.core.bench.plan.variant import Variant
from rocmtui.core.bench.report import BenchReport, summed_up
from rocmtui.core.exports.forms import FORMS, exported
from rocmtui.core.exports.tracked import Document
from rocmtui.core.load.scenario import ClosedLoop, PromptPlan, Scenario
from rocmtui.core.report.document import Report, Server, Tool
from rocmtui.core.report.facts import RunFacts
from rocmtui.core.request.record import Phase, RequestRecord
from rocmtui.core.sweep.report import SweepReport
from rocmtui.errors import UsageError
from tests.fakes.made_bench import made_results
from tests.fakes.made_report import build_report
from tests.fakes.made_sweep import PLAN, sweep_view

MODEL = "/m/it's <b>gemma.gguf"


def run(slo: tuple[str, ...] = ("ttft_p95<1s", "ttft_p95<1ms")) -> Report:
    records = [
        RequestRecord(
            id=number,
            worker=0,
            phase=Phase.MEASURED,
            sent_ns=number * 10**9,
            headers_ns=number * 10**9 + 10**6,
            first_token_ns=number * 10**9 + 50 * 10**6,
            last_token_ns=number * 10**9 + 450 * 10**6,
            done_ns=number * 10**9 + 460 * 10**6,
            output_tokens=41,
            content_events=41,
        )
        for number in range(40)
    ]
    scenario = Scenario(
        shape=ClosedLoop(concurrency=1), prompt=PromptPlan(tokens=32), slo=slo, requests=len(records)
    )
    facts = RunFacts(
        tool_version="1", unix_ns=0, label="a & b", scenario=scenario, server=Server(model=MODEL, parallel=1)
    )
    return build_report(facts, records)


def bench(models: tuple[str, ...] = (MODEL,)) -> BenchReport:
    variants = (Variant(label="=on"), Variant(label="off", flags=("-fa", "off")))
    plan = BenchPlan(models=models, parallel=(1, 4), variants=variants, tests=(DECODE, PREFILL), rounds=3)
    results = made_results(
        plan,
        lambda setup, test, round_: {
            "output_tps_per_request": 70.0 + round_,
            "output_tps": 70.0 + round_,
            "prefill_tps": 500.0 + round_,
        },
    )
    head = BenchReport(
        tool=Tool(version="1"), started_at="2026-01-01T00:00:00Z", ended="done", seconds=9.0, plan=plan
    )
    return summed_up(head, results)


def sweep() -> SweepReport:
    view = sweep_view(1, 2, 4, failed=8)
    return SweepReport(
        tool=Tool(version="1"),
        started_at="2026-01-01T00:00:00Z",
        ended="done",
        plan=PLAN,
        levels=view.tried,
        best=view.best,
        advice=view.advice,
    )


def test_a_load_as_csv_has_every_figure_of_its_report() -> None:
    report = run()
    rows = {row["metric"]: row for row in csv.DictReader(io.StringIO(exported(report, "csv")))}
    assert float(rows["output_tps"]["value"]) == report.throughput.output_tps
    for tag, summary in report.metrics.items():
        assert (float(rows[tag]["p95"]), rows[tag]["unit"]) == (summary.p95, summary.unit)
    assert rows["requests_sent"]["value"] == "40"


def test_a_load_as_junit_fails_for_each_slo_it_missed() -> None:
    suites = ElementTree.fromstring(exported(run(), "junit"))
    cases = {case.get("name"): case for case in suites.iter("testcase")}
    assert list(cases) == ["requests", "ttft_p95<1s", "ttft_p95<1ms"]
    assert [name for name, case in cases.items() if case.find("failure") is not None] == ["ttft_p95<1ms"]
    assert (suites.get("tests"), suites.get("failures")) == ("3", "1")


def test_a_sweep_as_csv_and_junit() -> None:
    report = sweep()
    rows = list(csv.DictReader(io.StringIO(exported(report, "csv"))))
    assert [float(row["load"]) for row in rows] == [tried.level.load for tried in report.levels]
    assert [row["load"] for row in rows if row["best"] == "True"] == [f"{report.best:g}"]
    suites = ElementTree.fromstring(exported(report, "junit"))
    skipped = [case.get("name") for case in suites.iter("testcase") if case.find("skipped") is not None]
    assert skipped == ["parallel 8"]
    assert suites.get("failures") == "0"


def test_bencher_has_values_with_their_ends() -> None:
    report = bench()
    found = json.loads(exported(report, "bencher"))
    row = next(row for row in report.rows if row.name == "tg128" and row.parallel == 1)
    name = next(name for name in found if "1 slot" in name and "tg128" in name and "=on" in name)
    assert found[name]["tokens_per_second"]["value"] == row.figures[0].median
    assert row.figures[0].interval is not None
    assert found[name]["tokens_per_second"]["lower_value"] == row.figures[0].interval[0]


@pytest.mark.parametrize("document", [run(), bench(), sweep()], ids=["run", "bench", "sweep"])
def test_each_direction_of_github_action_benchmark_has_what_is_better_that_way(document: Document) -> None:
    bigger, smaller = (
        json.loads(exported(document, form)) for form in ("benchmark-bigger", "benchmark-smaller")
    )
    assert all(entry.keys() >= {"name", "unit", "value"} for entry in (*bigger, *smaller))
    assert {entry["unit"] for entry in bigger} <= {"tok/s", "req/s"}
    assert {entry["unit"] for entry in smaller} <= {"ms"}
    assert bigger


def test_llama_benchs_table_takes_our_rows() -> None:
    report = bench()
    with closing(sqlite3.connect(":memory:")) as base:
        base.executescript(exported(report, "llama-bench-sql"))
        rows = base.execute(
            "SELECT model_filename, n_prompt, n_gen, avg_ts, stddev_ts, avg_ns, n_batch FROM llama_bench"
        ).fetchall()
    assert len(rows) == 4, "two tests of two variants, of the fewest slots alone"
    decode = [row for row in rows if row[2] == 128]
    assert decode[0][0] == MODEL
    assert decode[0][3] == pytest.approx(71.0)
    assert decode[0][4] == pytest.approx(1.0)
    assert decode[0][5] == pytest.approx(fmean(128 / speed * 1e9 for speed in (70, 71, 72)), rel=1e-6)
    assert decode[0][6] is None
    text = exported(report, "llama-bench-md")
    assert "| tg128 |" in text
    assert "71.00 ± 1.00" in text


def test_a_card_is_a_picture_and_markup_in_it_is_text() -> None:
    root = ElementTree.fromstring(exported(run(), "card.svg"))
    words = " ".join("".join(element.itertext()) for element in root.iter() if element.tag.endswith("text"))
    assert "gemma" in words
    assert "p50 50 ms" in words
    assert not [element for element in root.iter() if element.tag.endswith("}b") or element.tag == "b"]


def test_github_markdown_has_the_short_and_the_whole() -> None:
    text = exported(run(), "github")
    assert text.index("output speed") < text.index("<details>") < text.index("audit")


@pytest.mark.parametrize(("document", "form"), [(run(), "llama-bench-md"), (sweep(), "card.svg")])
def test_what_does_not_exist_is_refused(document: Document, form: str) -> None:
    with pytest.raises(UsageError):
        exported(document, form)


def test_the_command_offers_every_form() -> None:
    from rocmtui.cli.commands.inspect.runs import SHARED

    assert tuple(FORMS) == SHARED
