"""Each warning: when it is given and when it is not."""

import msgspec
import pytest

from rocmtui.core.load.scenario import Arrivals, ClosedLoop, OpenLoop, PromptPlan, Scenario
from rocmtui.core.report.audit.figures import Audit
from rocmtui.core.report.audit.warnings import Evidence, find_warnings
from rocmtui.core.report.errors import ErrorGroup, RequestCounts
from rocmtui.core.report.steady_state import Parts, StartupWave, SteadyState
from rocmtui.core.stats.quantiles import Summary, summarise
from rocmtui.core.text import forms

CLEAN = Evidence(
    scenario=Scenario(shape=ClosedLoop(concurrency=4), prompt=PromptPlan(tokens=64)),
    audit=Audit(
        client_cpu_fraction=0.2, loop_lag_ms_p99=1.0, server_decode_disagreement=0.004, cached_fraction=0.0
    ),
    metrics={},
    parts=Parts(),
    requests=RequestCounts(sent=200, completed=200, failed=0, cancelled=0),
    warmup_failed=0,
    send_seconds=19.9,
    prompt_lengths=(64, 64),
    has_end=True,
    client_seconds=20.0,
)


def error(kind: str, count: int = 1, remedy: str | None = None) -> ErrorGroup:
    return ErrorGroup(kind=kind, count=count, message="it \x1b[31msaid so", remedy=remedy)


def ms(*values: float) -> Summary:
    summary = summarise(values, "ms")
    assert summary is not None
    return summary


def steady(ttft: float) -> SteadyState:
    return SteadyState(
        requests=9, from_seconds=1, to_seconds=2, output_tps=10, metrics={"ttft": ms(ttft, ttft)}
    )


def audit(**changes: object) -> dict[str, object]:
    return {"audit": msgspec.structs.replace(CLEAN.audit, **changes)}


def requests(**changes: object) -> dict[str, object]:
    return {"requests": msgspec.structs.replace(CLEAN.requests, **changes)}


def open_loop(rate: float, arrivals: Arrivals = "constant") -> Scenario:
    return msgspec.structs.replace(CLEAN.scenario, shape=OpenLoop(rate=rate, arrivals=arrivals))


WAVE = StartupWave(requests=4, metrics={"ttft": ms(900.0, 900.0)})


def test_a_load_changed_by_hand_is_several_loads() -> None:
    slow = {"scenario": open_loop(10), "send_seconds": 40.0}
    told = find_warnings(
        msgspec.structs.replace(CLEAN, **slow, changes=("rate is now 5 requests/s", "paused"))
    )
    assert told == (
        "the load was changed while it ran (5/s, paused): the figures are of different loads, mixed",
    )
    assert "4.97 requests a second were sent" in find_warnings(msgspec.structs.replace(CLEAN, **slow))[0]


def test_many_changes_are_told_shortly() -> None:
    workers = tuple(f"concurrency is now {count}" for count in (5, 6, 7, 8, 9))
    told = find_warnings(msgspec.structs.replace(CLEAN, changes=(*workers, "paused", "resumed")))
    assert "(5, 6, … 9 workers, paused, resumed)" in told[0]


@pytest.mark.parametrize(("cached", "is_told"), [(1.0, True), (109.0, False)])
def test_a_shared_prefix_the_server_did_not_reuse(cached: float, is_told: bool) -> None:
    plan = PromptPlan(tokens=64, shared_prefix_tokens=100)
    scenario = msgspec.structs.replace(CLEAN.scenario, prompt=plan, cache_prompt=True)
    metrics = {"cached_tokens": ms(cached, cached)}
    told = find_warnings(msgspec.structs.replace(CLEAN, scenario=scenario, metrics=metrics))
    assert any("share 100 tokens" in text for text in told) is is_told


def test_a_clean_run_has_no_warning() -> None:
    assert find_warnings(CLEAN) == ()


@pytest.mark.parametrize(
    ("changes", "warning"),
    [
        (
            {"has_end": False},
            "the run was cut off: what was saved until then is reported; how busy the client was is unknown",
        ),
        (
            requests(failed=3, completed=2000, errors=(error("connect", 2, "mend it"), error("tls", 1))),
            "3 of 200 requests failed: 2 connect (it said so; mend it); 1 tls (it said so)",
        ),
        (
            requests(failed=5, completed=2000, errors=tuple(map(error, "abcde"))),
            "5 of 200 requests failed: 1 a (it said so); 1 b (it said so); 1 c (it said so); "
            "and 2 other kinds",
        ),
        ({"warmup_failed": 1}, "1 warm-up request failed"),
        (
            audit(client_cpu_fraction=0.83),
            "the client used 83 % of a core: its own delay may be in the latencies; "
            "spread the load with --processes",
        ),
        (
            audit(loop_lag_ms_p99=12.34),
            "the client ran late by 12.3 ms at p99: latencies are that uncertain; is the machine busy?",
        ),
        (
            audit(server_decode_disagreement=0.031),
            "client and server disagree on the decode time by 3.1 % (0.5 % is usual)",
        ),
        (
            audit(token_count_disagreement=0.02),
            "the server's token counts disagree with each other by 2 %",
        ),
        (audit(stale_connections=2), "2 connections died before the first byte and had to be made again"),
        (
            audit(cached_fraction=0.62),
            "62 % of the prompt tokens came from the server's cache: TTFT is not that of cold prompts; "
            "--no-cache-prompt and a nonce should have prevented it",
        ),
        (
            {"prompt_lengths": (60, 66)},
            "prompts of 64 tokens were asked for, the server counted 60 to 66",
        ),
        ({"scenario": open_loop(12)}, "10 requests a second were sent of the 12 asked for"),
        ({"scenario": open_loop(15, "poisson")}, "10 requests a second were sent of the 15 asked for"),
        (
            {"metrics": {"schedule_lag": ms(40.0, 40.0)}},
            "requests were sent up to 40 ms (p99) later than planned: read ttft_scheduled",
        ),
        (requests(dropped=5), "5 planned requests dropped: too many were open at once"),
        (requests(completed=60), "60 requests completed: p99 is in effect the slowest one"),
        (requests(completed=6), "only 6 requests completed: percentiles above the median say little"),
        (
            {"parts": Parts(WAVE, steady(300.0))},
            "the start-up wave (4 of 200 requests) waited 900 ms for the first token (median), "
            "later requests 300 ms: read steady_state, or add --warmup 4",
        ),
        (
            {"parts": Parts(WAVE, None)},
            "every request was sent in the start-up wave, so there is no steady state: add --warmup 4",
        ),
    ],
)
def test_warns(changes: dict[str, object], warning: str) -> None:
    assert find_warnings(msgspec.structs.replace(CLEAN, **changes)) == (warning,)


@pytest.mark.parametrize(
    "changes",
    [
        {"parts": Parts(WAVE, steady(800.0))},
        {"scenario": open_loop(10.2)},
        {"scenario": open_loop(12, "poisson")},
        {"prompt_lengths": None},
        audit(client_cpu_fraction=0.9) | {"client_seconds": 0.5},
        audit(loop_lag_ms_p99=None, client_cpu_fraction=None, cached_fraction=None),
    ],
)
def test_stays_silent(changes: dict[str, object]) -> None:
    assert find_warnings(msgspec.structs.replace(CLEAN, **changes)) == ()


def test_percent() -> None:
    assert [forms.share(share) for share in (0.004, 0.02, 0.621)] == ["0.4 %", "2 %", "62 %"]


def test_percentiles_of_survivors_are_called_so() -> None:
    told = find_warnings(msgspec.structs.replace(CLEAN, **requests(failed=5, errors=(error("connect", 5),))))
    assert told[1].startswith("the percentiles shown are those of the requests that completed")
