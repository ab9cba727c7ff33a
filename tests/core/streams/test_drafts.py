"""Drafts: acceptance with its interval, by place, and how tokens came."""

from __future__ import annotations

import random

import pytest

from rocmtui.core.load.scenario import ClosedLoop, PromptPlan, Scenario
from rocmtui.core.report.facts import RunFacts
from rocmtui.core.request.record import Phase, RequestRecord, ServerTimings
from rocmtui.core.server.replies import DraftCounts, read_drafts
from rocmtui.core.streams.drafts import DraftSeen, DraftTally
from rocmtui.core.streams.words import draft_rows
from tests.fakes.made_report import build_report

MS = 1_000_000
METRICS = """\
# HELP llamacpp:n_decode_total Total number of llama_decode() calls, excluding speculative decoding
llamacpp:spec_decode_num_draft_tokens_total 123
llamacpp:spec_decode_num_accepted_tokens_total 57
# TYPE llamacpp:spec_decode_num_drafts_total counter
llamacpp:spec_decode_num_drafts_total 41
llamacpp:spec_decode_num_accepted_tokens_per_pos_total{position="0"} 29
llamacpp:spec_decode_num_accepted_tokens_per_pos_total{position="1"} 20
llamacpp:spec_decode_num_accepted_tokens_per_pos_total{position="2"} 8
"""


def request(drafted: int, accepted: int, *, made: int = 100, events: int = 50) -> RequestRecord:
    """A hundred tokens in a second."""
    return RequestRecord(
        id=1,
        worker=0,
        phase=Phase.MEASURED,
        sent_ns=0,
        first_token_ns=0,
        last_token_ns=1000 * MS,
        done_ns=1000 * MS,
        output_tokens=made,
        content_events=events,
        content_reads=events,
        timings=ServerTimings(
            prompt_n=9,
            prompt_ms=1,
            predicted_n=made,
            predicted_ms=1000,
            draft_n=drafted,
            draft_n_accepted=accepted,
        ),
    )


def seen(*records: RequestRecord, counts: tuple[DraftCounts, ...] = ()) -> DraftSeen:
    tally = DraftTally()
    for record in records:
        tally.add(record)
    for one in counts:
        tally.count(one)
    found = tally.block()
    assert found is not None
    return found


def test_what_the_server_counts_is_read() -> None:
    assert read_drafts(METRICS) == DraftCounts(drafts=41, drafted=123, accepted=57, by_position=(29, 20, 8))
    assert read_drafts("llamacpp:requests_processing 1") is None


def test_figures() -> None:
    found = seen(request(120, 60), request(100, 50), request(80, 41))
    assert found.acceptance == pytest.approx(151 / 300)
    assert found.tokens_a_step == pytest.approx(300 / 149)
    assert found.tokens_an_event == pytest.approx(2)
    assert found.step_ms == pytest.approx(1000 / 49)


def test_only_what_the_load_added_is_counted_by_place() -> None:
    before = DraftCounts(drafts=10, drafted=30, accepted=20, by_position=(10, 10))
    after = DraftCounts(drafts=50, drafted=150, accepted=80, by_position=(42, 30, 8))
    found = seen(request(120, 60), counts=(before, after))
    assert found.by_position == pytest.approx((0.8, 0.5, 0.2))
    assert found.drafts == 40
    assert seen(request(120, 60)).by_position == ()


def test_without_a_draft_there_is_nothing() -> None:
    tally = DraftTally()
    tally.add(request(0, 0))
    assert tally.block() is None
    assert draft_rows(None) == []


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Requests whose acceptance differs from one to the next, around 0.5."""
    drawn = random.Random(7)
    held = 0
    for _ in range(400):
        records = []
        for _ in range(8):
            share = drawn.uniform(0.3, 0.7)
            drafted = drawn.randint(60, 120)
            records.append(request(drafted, sum(drawn.random() < share for _ in range(drafted))))
        low, high = seen(*records).interval or (0, 0)
        held += low <= 0.5 <= high
    assert held >= 0.91 * 400


def test_few_requests_have_no_interval() -> None:
    assert seen(request(120, 60), request(90, 40)).interval is None


def test_words_explain_itl_and_bursts_together() -> None:
    rows = dict(draft_rows(seen(*[request(120, 60)] * 3), itl_ms=10.1))
    assert rows["draft"] == "50 % of 360 tokens accepted (39 % to 61 %), 2.50 tokens a step"
    assert rows["  how tokens come"] == (
        "2.50 at a time each 25.6 ms: the inter-token latency of 10.1 ms is their mean; 2 tokens an event"
    )


@pytest.mark.parametrize(
    ("plan", "warned"), [(PromptPlan(tokens=64), True), (PromptPlan(dataset="d"), False)]
)
def test_random_words_say_little_of_a_draft(plan: PromptPlan, warned: bool) -> None:
    scenario = Scenario(shape=ClosedLoop(concurrency=1), prompt=plan)
    report = build_report(RunFacts(tool_version="1", unix_ns=0, scenario=scenario), [request(120, 60)])
    assert any("random words" in warning for warning in report.audit.warnings) is warned
    assert report.draft is not None
