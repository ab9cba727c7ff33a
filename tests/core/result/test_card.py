"""What a load came to, in words: the worst first, nothing made up where nothing was measured."""

from __future__ import annotations

import msgspec
import pytest

from rocmtui.core.answers.look import Look
from rocmtui.core.compare.run_side import run_side
from rocmtui.core.compare.verdicts import compare
from rocmtui.core.gpu.reading import GpuSummary
from rocmtui.core.host.causes import said
from rocmtui.core.host.sample import Cause, HostSummary
from rocmtui.core.load.scenario import ClosedLoop, PromptPlan, Scenario
from rocmtui.core.report.audit.figures import Audit
from rocmtui.core.report.document import Machine, Report, Server, SloResult, Throughput, Tool
from rocmtui.core.report.errors import ErrorGroup, RequestCounts
from rocmtui.core.result.card import ResultCard, difference, energy_words, faults, good_words
from rocmtui.core.result.likeness import is_like
from rocmtui.core.result.words import card_markdown, terminal_lines
from rocmtui.core.stats.quantiles import Summary

SCENARIO = Scenario(shape=ClosedLoop(concurrency=4), prompt=PromptPlan(tokens=96), max_tokens=64)
REPORT = Report(
    tool=Tool(version="1"),
    started_at="2026-11-26T09:41:27Z",
    measured_seconds=271.0,
    ended="requests",
    machine=Machine(cpu="Ryzen", cpu_count=16),
    server=Server(model="gemma", model_hash="ab", parallel=4, n_ctx=8192, build="b9120"),
    scenario=SCENARIO,
    requests=RequestCounts(sent=200, completed=200, failed=0, cancelled=0),
    metrics={
        tag: Summary(unit="ms", count=200, mean=1, std=1, min=1, p50=410, p90=900, p95=1430, p99=3200, max=9)
        for tag in ("ttft", "itl")
    },
    throughput=Throughput(output_tps=176.2),
)


def changed(**values: object) -> Report:
    return msgspec.structs.replace(REPORT, **values)


def card(report: Report = REPORT, **values: object) -> ResultCard:
    given = ResultCard(path="/r/1", place="~/r/1", report=report)
    return msgspec.structs.replace(given, **values)


def test_four_lines_say_it_all() -> None:
    met = changed(slo=(SloResult(expression="ttft_p95<2s", value=1430.0, met=True),))
    assert terminal_lines(card(met)) == [
        "load done: 176 tok/s over 4:31, 0 of 200 failed, 4 workers, 96 → 64 tokens",
        "TTFT p50 410 ms  p95 1.43 s  p99 3.20 s, ITL p50 410 ms  p95 1.43 s, ✓ ttft_p95<2s 1.43 s",
        "kept in ~/r/1",
    ]


def test_a_load_without_an_answer_has_dashes_and_says_so() -> None:
    nothing = changed(
        requests=RequestCounts(sent=3, completed=0, failed=3, cancelled=0),
        metrics={},
        throughput=Throughput(),
        measured_seconds=None,
        ended="server_gone",
    )
    lines = terminal_lines(card(nothing))
    assert lines[0].startswith("the server went away: – tok/s, 3 of 3 failed")
    assert lines[1].startswith("✗ the server went away")
    assert "0 ms" not in "".join(lines)


def test_the_worst_stands_first() -> None:
    broken = changed(
        ended="error_rate",
        requests=RequestCounts(
            sent=9,
            completed=8,
            failed=1,
            cancelled=0,
            errors=(ErrorGroup(kind="timeout", count=1, message="no answer", remedy="give it time"),),
        ),
        slo=(SloResult(expression="ttft_p95<1s", value=1430.0, met=False),),
        audit=Audit(warnings=("the client was late",)),
    )
    assert [fault.text for fault in faults(card(broken))] == [
        "load ended: too many errors; the figures are those of the time before",
        "1 timeout: no answer; give it time",
        "missed: ttft_p95<1s 1.43 s",
        "the client was late",
    ]


def test_what_a_joule_bought_is_of_all_cards_together() -> None:
    one = GpuSummary(pci="a", name="x", tokens_per_joule=0.5, vram_peak_bytes=1 << 30)
    two = msgspec.structs.replace(one, pci="b", spill_peak_bytes=1 << 29)
    assert energy_words(changed(gpu=(one, two))) == ["0.25 tok/J", "VRAM peak 2.0 GiB", "⚠ 512 MiB spilled"]
    assert energy_words(REPORT) == []


def test_the_difference_is_told_in_the_words_of_compare() -> None:
    sides = (
        run_side("a", REPORT, None),
        run_side("b", changed(throughput=Throughput(output_tps=190.0)), None),
    )
    told = card(against=compare(*sides), earlier="25 Nov, b9001")
    assert "one reading each" in difference(told)
    assert f"against 25 Nov, b9001: {difference(told)}" in terminal_lines(told)[2]
    assert difference(card()) == ""


@pytest.mark.parametrize(
    ("values", "alike"),
    [
        ({"measured_seconds": 900.0}, True),
        ({"server": msgspec.structs.replace(REPORT.server, build="b9001")}, True),
        ({"server": msgspec.structs.replace(REPORT.server, parallel=8)}, False),
        ({"server": msgspec.structs.replace(REPORT.server, model_hash="cd")}, False),
        ({"server": Server()}, False),
        ({"scenario": msgspec.structs.replace(SCENARIO, shape=ClosedLoop(concurrency=8))}, False),
        ({"scenario": msgspec.structs.replace(SCENARIO, max_tokens=65)}, False),
        ({"machine": Machine(cpu="Xeon", cpu_count=16)}, False),
        ({"requests": RequestCounts(sent=1, completed=0, failed=1, cancelled=0)}, False),
    ],
)
def test_only_the_same_load_on_the_same_model_is_alike(values: dict[str, object], *, alike: bool) -> None:
    assert is_like(REPORT, changed(**values)) is alike


def test_markdown_shows_untrusted_text_as_it_is() -> None:
    evil = changed(audit=Audit(warnings=("<b>*bold*</b>",)))
    assert "> warning: \\<b\\>\\*bold\\*\\</b\\>" in card_markdown(card(evil))


def test_nonsense_stands_before_all_speeds_and_the_host_before_the_audit() -> None:
    cause = Cause(code="throttled", text="throttled in 53 of 58 periods", remedy="-t 1", share=0.9)
    wrong = changed(
        answers=Look(health="nonsense", right=0, of=10, words="the text is wrong"),
        host=HostSummary(samples=9, causes=(cause,)),
        audit=Audit(warnings=("the client was late", said(cause))),
    )
    assert [fault.text for fault in faults(card(wrong))] == [
        "the text is wrong",
        "throttled in 53 of 58 periods. Try: -t 1.",
        "the client was late",
    ]
    assert good_words(wrong) == []
    well = changed(answers=Look(health="healthy", right=10, of=10), host=HostSummary(samples=9))
    assert good_words(well) == ["text ✓ right 10 of 10", "host ✓ nothing waited"]
