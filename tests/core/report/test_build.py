"""The report of hand-made requests."""

from typing import Any

import msgspec
import pytest

from rocmtui.core.load.said import LoadFinished
from rocmtui.core.load.scenario import ClosedLoop, OpenLoop, PromptPlan, Scenario
from rocmtui.core.report.document import Report, Server, decode_report
from rocmtui.core.report.facts import RunFacts
from rocmtui.core.request.errors.typed import http_error
from rocmtui.core.request.record import ErrorKind, Phase, RequestError, RequestRecord, ServerTimings
from rocmtui.core.stats.histogram import Histogram
from rocmtui.core.text.documents import pretty
from rocmtui.errors import RunFolderError
from tests.fakes.made_report import build_report

MS = 1_000_000


def request(number: int, sent_ms: int, *, phase: Phase = Phase.MEASURED, tokens: int = 11) -> RequestRecord:
    """TTFT 100 ms (queue 30, prefill 60, overhead 10), then a token each 10 ms."""
    last = sent_ms + 100 + 10 * (tokens - 1)
    return RequestRecord(
        id=number,
        worker=0,
        phase=phase,
        connect_ns=MS,
        sent_ns=sent_ms * MS,
        headers_ns=(sent_ms + 30) * MS,
        first_token_ns=(sent_ms + 100) * MS,
        last_token_ns=last * MS,
        done_ns=last * MS,
        prompt_tokens=20,
        cached_tokens=5,
        output_tokens=tokens,
        timings=ServerTimings(
            prompt_n=15, prompt_ms=60.0, predicted_n=tokens, predicted_ms=10.0 * (tokens - 1), cache_n=5
        ),
    )


def failed(number: int) -> RequestRecord:
    error = RequestError(kind=ErrorKind.CONNECT, message="refused")
    return RequestRecord(id=number, worker=0, phase=Phase.MEASURED, done_ns=150 * MS, error=error)


def scenario(*slo: str) -> Scenario:
    return Scenario(shape=ClosedLoop(concurrency=1), prompt=PromptPlan(text="hi"), requests=3, slo=slo)


def report(*records: RequestRecord, slo: tuple[str, ...] = ()) -> Report:
    facts = RunFacts(tool_version="1", unix_ns=1_777_889_472_000_000_000, scenario=scenario(*slo))
    return build_report(facts, records)


def test_metrics_of_known_requests() -> None:
    built = report(request(1, 0), request(2, 200))
    means = {tag: summary.mean for tag, summary in built.metrics.items()}
    assert means == pytest.approx(
        {
            "ttft": 100.0,
            "queue_wait": 30.0,
            "prefill_ms": 60.0,
            "overhead": 10.0,
            "itl": 10.0,
            "request_latency": 200.0,
            "connect": 1.0,
            "prompt_tokens": 20.0,
            "cached_tokens": 5.0,
            "output_tokens": 11.0,
            "output_tps_per_request": 100.0,
            "prefill_tps": 250.0,
        }
    )


def test_the_waterfall_adds_up_to_ttft() -> None:
    metrics = report(request(1, 0)).metrics
    parts = metrics["queue_wait"].mean + metrics["prefill_ms"].mean + metrics["overhead"].mean
    assert parts == pytest.approx(metrics["ttft"].mean)


def test_throughput_over_the_measured_window() -> None:
    built = report(request(1, 0), request(2, 200))
    assert built.measured_seconds == pytest.approx(0.4)
    assert built.throughput.output_tps == pytest.approx(22 / 0.4)
    assert built.throughput.total_tps == pytest.approx(62 / 0.4)
    assert built.throughput.requests_per_second == pytest.approx(2 / 0.4)
    assert built.throughput.goodput is None


def test_only_the_tokens_that_came_in_the_window_count() -> None:
    warm = request(1, -150, phase=Phase.WARMUP)
    built = report(warm, request(2, 0))
    # The warm-up request's tokens came between -50 and 50 ms: half of its 11 lie in the window.
    assert built.throughput.output_tps == pytest.approx((11 + 5.5) / 0.2)
    assert built.metrics["ttft"].count == 1


def test_undefined_is_absent_not_zero() -> None:
    built = report(request(1, 0, tokens=1))
    assert "itl" not in built.metrics
    assert "ttft_scheduled" not in built.metrics
    assert report().metrics == {}
    assert report().measured_seconds is None


def test_failures_and_cancellations_are_counted_not_measured() -> None:
    cut = msgspec.structs.replace(request(2, 0), cancelled=True)
    counts = report(request(1, 0), cut, failed(3)).requests
    assert (counts.sent, counts.completed, counts.failed, counts.cancelled) == (3, 1, 1, 1)
    assert counts.by_error == {"connect": 1}


def test_late_headers_are_no_queue_wait() -> None:
    late = msgspec.structs.replace(request(1, 0), headers_ns=100 * MS)
    assert "queue_wait" not in report(late).metrics
    assert "overhead" not in report(late).metrics


def test_headers_of_other_servers_say_nothing_of_a_queue() -> None:
    facts = RunFacts(tool_version="1", unix_ns=0, server=Server(is_llama_server=False))
    built = build_report(facts, [request(1, 0)])
    assert "queue_wait" not in built.metrics
    assert "queue_wait" not in built.intervals
    assert "ttft" in built.metrics


def test_slo_judged_by_exact_values_and_goodput_per_request() -> None:
    slow = msgspec.structs.replace(request(2, 200), first_token_ns=350 * MS)
    built = report(request(1, 0), slow, slo=("ttft_p75<120ms", "ttft_p50<130ms", "error_rate<1%"))
    assert [(slo.value, slo.met) for slo in built.slo] == [
        (pytest.approx(137.5), False),
        (pytest.approx(125.0), True),
        (0.0, True),
    ]
    assert built.throughput.goodput == pytest.approx(1 / 0.4)


def test_an_slo_without_a_value_is_not_met() -> None:
    assert [(slo.value, slo.met) for slo in report(slo=("ttft_p95<1s",)).slo] == [(None, False)]


def finished(**values: Any) -> LoadFinished:
    known: dict[str, Any] = {
        "at_ns": 0,
        "process": 0,
        "cpu_seconds": 0.2,
        "wall_seconds": 0.4,
        "loop_lag_ms_p99": 1.0,
        "loop_lag_ms_max": 2.0,
        "icl": Histogram(),
        "reason": "duration",
    }
    return LoadFinished(**known | values)


def test_requests_of_a_process_that_died_are_in_the_window_too() -> None:
    end = finished(first_sent_ns=0, last_done_ns=400 * MS)
    built = build_report(RunFacts(tool_version="1", unix_ns=0), [request(1, 0), request(2, 600)], [end])
    assert built.measured_seconds == pytest.approx(0.8)
    assert built.throughput.requests_per_second == pytest.approx(2 / 0.8)


def test_window_and_icl_come_from_the_load_processes() -> None:
    icl = Histogram()
    icl.add(10.0)
    end = finished(first_sent_ns=0, last_done_ns=400 * MS, icl=icl)
    facts = RunFacts(tool_version="1", unix_ns=0, scenario=scenario("icl_p75<11ms", "icl_max<9ms"))
    built = build_report(facts, [request(1, 0)], [end, msgspec.structs.replace(end, process=1)])
    assert [(slo.value, slo.met) for slo in built.slo] == [(10.0, True), (10.0, False)]
    assert built.measured_seconds == pytest.approx(0.4)
    assert built.ended == "duration"
    assert built.metrics["icl"].count == 2
    assert built.audit.client_cpu_fraction == pytest.approx(0.5)


def test_clocks_that_differ_are_told_in_short_decodes_as_well() -> None:
    def disagreement(tokens: int, first_token_ms: int) -> float | None:
        late = msgspec.structs.replace(request(1, 0, tokens=tokens), first_token_ns=first_token_ms * MS)
        return report(late).audit.server_decode_disagreement

    assert disagreement(21, 98) == pytest.approx(0.01)
    assert disagreement(6, 99) == pytest.approx(0.01), "a millisecond of chance is no 2 %"
    assert disagreement(6, 150) == pytest.approx(0.50), "50 ms of decode that came in one burst"
    assert disagreement(1, 100) is None


def test_report_survives_its_json() -> None:
    built = report(request(1, 0), failed(2), slo=("ttft_p95<1s",))
    assert decode_report(pretty(built)) == built


def test_readers_accept_unknown_keys_and_refuse_other_majors() -> None:
    data = msgspec.json.decode(pretty(report(request(1, 0))))
    data["later"] = 1
    assert decode_report(msgspec.json.encode(data)).metrics["ttft"].mean == pytest.approx(100.0)
    with pytest.raises(RunFolderError, match="report/2"):
        decode_report(msgspec.json.encode(data | {"schema": "rocmtui.report/2"}))
    with pytest.raises(RunFolderError, match="no report"):
        decode_report(b'{"a": ')


def test_the_window_is_the_loads_and_not_the_survivors() -> None:
    """Of ten seconds planned the server answered in two: rates are over the ten."""
    end = finished(window_start_ns=0, window_end_ns=10_000 * MS, reason="duration")
    outage = [failed(number) for number in range(8)]
    facts = RunFacts(tool_version="1", unix_ns=0, scenario=scenario("ttft_p95<500ms"))
    built = build_report(facts, [request(10, 0), request(11, 1000), *outage], [end])
    assert built.measured_seconds == 10.0
    assert built.throughput.requests_per_second == built.throughput.goodput == 0.2
    assert built.throughput.output_tps == pytest.approx(2.2)


def test_replies_of_a_plan_count_whenever_they_end_and_others_within_the_window() -> None:
    end = finished(window_start_ns=0, window_end_ns=1000 * MS, reason="duration")
    records = [request(1, 0), request(2, 950)]
    closed = build_report(RunFacts(tool_version="1", unix_ns=0, scenario=scenario()), records, [end])
    planned = msgspec.structs.replace(scenario(), shape=OpenLoop(rate=2))
    opened = build_report(RunFacts(tool_version="1", unix_ns=0, scenario=planned), records, [end])
    assert (closed.throughput.requests_per_second, opened.throughput.requests_per_second) == (1.0, 2.0)


def test_without_the_loads_word_the_window_begins_with_the_first_attempt() -> None:
    late = msgspec.structs.replace(request(1, 500), scheduled_ns=100 * MS)
    assert report(late, failed(2)).measured_seconds == pytest.approx(0.6)


def test_in_an_slo_a_failed_request_is_later_than_any_limit() -> None:
    slo = (
        "ttft_p50<500ms",
        "ttft_p90<500ms",
        "ttft_max<500ms",
        "output_tps_per_request_p50>1",
        "ttft_mean<500ms",
    )
    built = report(*(request(n, n) for n in range(8)), failed(8), failed(9), slo=slo)
    assert [(one.value, one.met) for one in built.slo] == [
        (pytest.approx(100.0), True),
        (None, False),
        (None, False),
        (pytest.approx(100.0), True),
        (pytest.approx(100.0), True),
    ]


def test_a_reply_without_tokens_is_counted_and_good_for_nothing() -> None:
    empty = msgspec.structs.replace(request(2, 0), first_token_ns=None, last_token_ns=None, output_tokens=1)
    built = report(request(1, 0), empty, slo=("request_latency_p99<9s", "goodput>0"))
    assert (built.requests.completed, built.requests.empty) == (2, 1)
    assert built.metrics["request_latency"].count == 1
    assert [one.met for one in built.slo] == [False, True]
    assert "1 of 2 replies had no content: they are within no SLO" in built.audit.warnings


def test_what_is_odd_in_replies_is_told() -> None:
    base = request(1, 0)
    change = msgspec.structs.replace
    records = [
        change(base, content_events=30, content_reads=30),
        change(base, content_events=11, odd_figures=True),
        change(base, content_events=20, content_reads=2, output_tokens=20),
        change(base, output_tokens=None),
        change(base, first_token_ns=None, last_token_ns=None, output_tokens=5),
    ]
    audit = report(*records).audit
    figures = (audit.more_text_than_tokens, audit.odd_figures, audit.bursts)
    assert (*figures, audit.uncounted_replies, audit.tokens_without_text) == (1, 1, 1, 1, 1)
    assert report(records[2]).metrics.get("itl") is None
    assert sum("of 5 replies" in warning for warning in audit.warnings) == 6


def test_a_silent_server_with_free_slots_is_not_said_to_queue() -> None:
    error = RequestError(kind=ErrorKind.TIMEOUT_FIRST_BYTE, message="no answer within 5 s", remedy="it hangs")
    late = msgspec.structs.replace(failed(1), error=error)

    def remedy(workers: int, slots: int | None, *, gone: bool = False) -> str | None:
        load = Scenario(shape=ClosedLoop(concurrency=workers), prompt=PromptPlan(text="hi"), requests=3)
        server = Server(parallel=slots)
        facts = RunFacts(tool_version="1", unix_ns=0, scenario=load, server=server, server_gone=gone)
        return build_report(facts, [late]).requests.errors[0].remedy

    assert remedy(4, 4) == "it hangs"
    assert "queue in the server" in str(remedy(5, 4))
    assert remedy(5, None) == remedy(5, 4, gone=True) == "it hangs"


@pytest.mark.parametrize(
    ("server", "names"),
    [
        (Server(model="a", models=("a\x1b[31m", "b")), ": a, b"),
        (Server(model="only.gguf"), ": only.gguf"),
        (Server(), ""),
    ],
)
def test_a_model_that_a_reply_does_not_know_is_told_with_those_that_are_served(
    server: Server, names: str
) -> None:
    wrong = http_error(404, b'{"error":{"message":"The model `x` does not exist."}}')
    records = [msgspec.structs.replace(failed(1), error=wrong)]
    facts = RunFacts(tool_version="1", unix_ns=0, scenario=scenario(), server=server)
    (group,) = build_report(facts, records).requests.errors
    assert group.remedy == f"name a model it serves with -a NAME{names}"


def test_embeddings_have_an_input_speed_and_no_output_speed() -> None:
    """Eight inputs of 100 tokens each 500 ms."""
    whole = [
        RequestRecord(
            id=n,
            worker=0,
            phase=Phase.MEASURED,
            sent_ns=n * 500 * MS,
            headers_ns=(n + 1) * 500 * MS,
            done_ns=(n + 1) * 500 * MS,
            prompt_tokens=800,
            inputs=8,
        )
        for n in range(4)
    ]
    built = report(*whole)
    speed = built.throughput
    assert (speed.inputs_per_second, speed.total_tps, speed.output_tps) == (16.0, 1600.0, None)
    assert built.requests.empty == 0
    assert built.audit.uncounted_replies == 0
    assert built.metrics["request_latency"].mean == 500.0
    assert "queue_wait" not in built.metrics
