"""Runs as sides of a comparison: stretches, single requests, bare reports, conditions."""

from __future__ import annotations

import random
from collections.abc import Sequence

import msgspec
import pytest

from rocmtui.core.answers.look import Health, Look
from rocmtui.core.compare.run_side import run_side, throughput_blocks
from rocmtui.core.compare.sides import Side
from rocmtui.core.compare.verdicts import compare
from rocmtui.core.load.scenario import ClosedLoop, PromptPlan, Scenario
from rocmtui.core.report.document import Machine, Report, Server
from rocmtui.core.report.facts import RunFacts
from rocmtui.core.request.record import Phase, RequestRecord, ServerTimings
from tests.fakes.made_report import build_report

MS = 1_000_000
SCENARIO = Scenario(shape=ClosedLoop(concurrency=1), prompt=PromptPlan(tokens=32), requests=60)


def records_of(itl_ms: float, *, n: int = 60, noise: float = 0.03, seed: int = 1) -> list[RequestRecord]:
    """One stream, 33 tokens a request, at about `itl_ms` a token."""
    rng, now, made = random.Random(seed), 0, []
    for i in range(n):
        gap = itl_ms * (1 + rng.gauss(0, noise))
        first, last = now + round(50 * MS), now + round((50 + 32 * gap) * MS)
        made.append(
            RequestRecord(
                id=i,
                worker=0,
                phase=Phase.MEASURED,
                sent_ns=now,
                headers_ns=now + MS,
                first_token_ns=first,
                last_token_ns=last,
                done_ns=last,
                prompt_tokens=32,
                cached_tokens=0,
                output_tokens=33,
                timings=ServerTimings(prompt_n=32, prompt_ms=45.0, predicted_n=33, predicted_ms=32 * gap),
            )
        )
        now = last
    return made


def report_of(records: Sequence[RequestRecord], scenario: Scenario = SCENARIO) -> Report:
    facts = RunFacts(
        tool_version="0",
        unix_ns=0,
        scenario=scenario,
        machine=Machine(cpu="Ryzen", cpu_count=8),
        server=Server(model="gemma", model_hash="abc", parallel=1),
    )
    return build_report(facts, records)


def verdicts(a: float, b: float, *, bare: bool = False, seed: int = 3) -> dict[str, str]:
    sides = []
    for label, itl, own_seed in (("A", a, seed), ("B", b, seed + 1000)):
        records = records_of(itl, seed=own_seed)
        sides.append(run_side(label, report_of(records), None if bare else records))
    return {row.key: row.verdict.kind for row in compare(sides[0], sides[1], single=True).rows}


def test_a_slower_run_is_found_in_every_metric_it_shows_in() -> None:
    found = verdicts(15.0, 16.5)
    slower = ("output_tps", "itl_p50", "output_tps_per_request_p50", "request_latency_p50")
    assert {key: found[key] for key in slower} == dict.fromkeys(slower, "worse")
    assert found["ttft_p50"] == "same"
    assert not any(key.endswith("_mean") for key in found)


def test_equal_runs_are_called_different_no_more_often_than_the_interval_allows() -> None:
    pairs = [verdicts(15.0, 15.0, seed=seed) for seed in range(20)]
    for key in ("output_tps", "itl_p50", "request_latency_p95"):
        # 5 % of 20 is 1; 4 is three standard deviations of the binomial above it.
        assert sum(found[key] in ("better", "worse") for found in pairs) <= 4


def side_by_side(seed: int, batches: int) -> list[RequestRecord]:
    """Four streams: those that ran at the same time were as fast as each other."""
    streams = [records_of(20, n=batches, noise=0.05, seed=seed) for _ in range(4)]
    return [
        msgspec.structs.replace(record, id=4 * number + stream)
        for stream, records in enumerate(streams)
        for number, record in enumerate(records)
    ]


def test_requests_side_by_side_do_not_count_as_so_many_trials() -> None:
    """At most 4 of 20 differ by chance, as above; counted one by one, 8 did."""
    different = 0
    for seed in range(20):
        runs = [side_by_side(own, batches=3) for own in (seed, seed + 1000)]
        a, b = (run_side("A", report_of(records), records) for records in runs)
        kinds = {row.key: row.verdict.kind for row in compare(a, b, single=True).rows}
        different += kinds["itl_p50"] in ("better", "worse")
    assert different <= 4


def test_bare_reports_are_compared_by_their_means() -> None:
    found = verdicts(15.0, 16.5, bare=True)
    assert found["itl_mean"] == "worse"
    assert found["output_tps"] == "none"
    assert found["itl_p50"] == "none"


def test_throughput_is_taken_over_stretches_that_add_up() -> None:
    records = records_of(15.0, noise=0.0)
    blocks = throughput_blocks(records)
    assert len(blocks) == 12
    assert sum(blocks) / 12 == pytest.approx(report_of(records).throughput.output_tps, rel=0.01)


@pytest.mark.parametrize(("requests", "stretches"), [(0, 0), (7, 0), (8, 2), (20, 5), (200, 12)])
def test_a_stretch_holds_four_requests_of_each_stream(requests: int, stretches: int) -> None:
    assert len(throughput_blocks(records_of(15.0, n=requests, noise=0.0))) == stretches


def test_two_runs_are_told_apart_without_a_word_on_their_servers() -> None:
    one, other = (records_of(itl, seed=seed) for itl, seed in ((15.0, 1), (16.5, 2)))
    result = compare(run_side("A", report_of(one), one), run_side("B", report_of(other), other))
    row = next(row for row in result.rows if row.key == "itl_p50")
    assert row.verdict.kind == "different"
    assert row.verdict.text.endswith(") between these two runs")
    assert result.regressions(0.0) == ()
    assert "nothing here says that one server is better" in result.warnings[-1]


def test_a_server_that_generates_nothing_is_a_regression() -> None:
    records = records_of(15.0)
    nothing = [
        msgspec.structs.replace(r, first_token_ns=None, last_token_ns=None, output_tokens=0, timings=None)
        for r in records
    ]
    a, b = run_side("A", report_of(records), records), run_side("B", report_of(nothing), nothing)
    lost = {row.key for row in compare(a, b).regressions(0.05)}
    assert {"output_tps", "ttft_p50", "itl_p95"} <= lost


def test_metrics_a_server_does_not_define_have_no_row() -> None:
    records = records_of(15.0)
    facts = RunFacts(tool_version="0", unix_ns=0, scenario=SCENARIO, server=Server(is_llama_server=False))
    side = run_side("A", build_report(facts, records), records)
    assert not any(key.startswith("queue_wait") for key in side.quantities)


@pytest.mark.parametrize(
    ("scenario", "what"),
    [
        (msgspec.structs.replace(SCENARIO, prompt=PromptPlan(tokens=64)), "prompts"),
        (msgspec.structs.replace(SCENARIO, max_tokens=64), "prompts"),
        (msgspec.structs.replace(SCENARIO, endpoint="completion"), "prompts"),
    ],
)
def test_other_prompts_are_another_test(scenario: Scenario, what: str) -> None:
    records = records_of(15.0)
    a, b = run_side("A", report_of(records), records), run_side("B", report_of(records, scenario), records)
    assert [mismatch.what for mismatch in compare(a, b).mismatches] == [what]


def test_a_faster_server_done_sooner_is_no_shorter_window() -> None:
    fast, slow = records_of(5.0), records_of(15.0)
    a, b = run_side("A", report_of(slow), slow), run_side("B", report_of(fast), fast)
    assert compare(a, b).mismatches == ()


def test_another_number_of_workers_is_another_test() -> None:
    records = records_of(15.0)
    four = msgspec.structs.replace(SCENARIO, shape=ClosedLoop(concurrency=4))
    a, b = run_side("A", report_of(records), records), run_side("B", report_of(records, four), records)
    assert [m.text for m in compare(a, b).mismatches] == ["load differs: 1 workers against 4 workers"]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"max_rate": 3.0}, "max rate: – against 3.0"),
        ({"ramp_s": 2.0}, "ramp s: 0.0 against 2.0"),
        ({"warmup_requests": 4}, "warmup requests: 0 against 4"),
        ({"processes": 2}, "processes: 1 against 2"),
        ({"timeout_s": 5.0}, "timeout s: 120.0 against 5.0"),
        ({"temperature": 0.0}, "temperature: 0.8 against 0.0"),
        ({"seed": 7}, "seed: 1 against 7"),
    ],
)
def test_every_other_condition_that_differs_is_told(changed: dict[str, float], says: str) -> None:
    records = records_of(15.0)
    other = msgspec.structs.replace(SCENARIO, **changed)
    a, b = run_side("A", report_of(records), records), run_side("B", report_of(records, other), records)
    assert compare(a, b).differences == (says,)


def test_a_prompt_is_compared_by_its_hash_and_never_shown() -> None:
    secret = msgspec.structs.replace(SCENARIO, prompt=PromptPlan(text="my secret"))
    records = records_of(15.0)
    side = run_side("A", report_of(records, secret), records)
    assert "my secret" not in (side.conditions.prompts or "")


def test_the_port_of_a_start_is_no_difference() -> None:
    records = records_of(15.0)

    def side(*flags: str) -> Side:
        args = ("/bin/llama-server", "-m", "a.gguf", *flags)
        report = msgspec.structs.replace(report_of(records), server=Server(model="gemma", args=args))
        return run_side("A", report, records)

    first, again, other = side("--port", "4001"), side("--port", "4002"), side("--port", "4003", "-fa", "on")
    assert compare(first, again).differences == ()
    assert compare(first, other).differences == ("flags: – against -fa on",)


def answering(report: Report, right: int, health: Health = "healthy") -> Report:
    return msgspec.structs.replace(report, answers=Look(health=health, right=right, of=10))


def test_a_faster_server_that_answers_nonsense_is_a_regression_and_in_nothing_better() -> None:
    good = answering(report_of(records_of(10.0)), 10)
    bad = answering(report_of(records_of(5.0)), 0, "nonsense")
    a, b = (run_side(name, report, None) for name, report in (("A", good), ("B", bad)))
    found = compare(a, b, single=True)
    assert {row.verdict.kind for row in found.rows} == {"none", "worse"}
    (answers,) = found.regressions(0.5)
    assert (answers.title, answers.verdict.text) == ("certain texts answered wrongly", "B answers nonsense")


def test_one_text_more_or_less_is_no_difference() -> None:
    a, b = (run_side(str(right), answering(report_of(records_of(10.0)), right), None) for right in (10, 9))
    row = next(row for row in compare(a, b).rows if row.key == "answers_wrong")
    assert (row.a, row.b, row.verdict.kind) == (0, 10, "same")
