"""The table of metrics, and the values it reads from a request."""

import runpy
from pathlib import Path

import msgspec
import pytest

from rocmtui.core.request.metrics import METRICS
from rocmtui.core.request.record import Phase, RequestRecord, ServerTimings

MS = 1_000_000
REQUEST = RequestRecord(
    id=1,
    worker=0,
    phase=Phase.MEASURED,
    scheduled_ns=1000 * MS,
    connect_ns=2 * MS,
    sent_ns=1004 * MS,
    headers_ns=1034 * MS,
    first_token_ns=1104 * MS,
    last_token_ns=1204 * MS,
    done_ns=1205 * MS,
    prompt_tokens=20,
    cached_tokens=5,
    output_tokens=11,
    timings=ServerTimings(prompt_n=15, prompt_ms=60.0, predicted_n=11, predicted_ms=100.0),
)


def value(tag: str, **changes: object) -> float | None:
    reader = METRICS[tag].value
    assert reader is not None
    return reader(msgspec.structs.replace(REQUEST, **changes))


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("ttft", 100.0),
        ("ttft_scheduled", 104.0),
        ("queue_wait", 30.0),
        ("prefill_ms", 60.0),
        ("overhead", 10.0),
        ("itl", 10.0),
        ("request_latency", 201.0),
        ("connect", 2.0),
        ("schedule_lag", 4.0),
        ("prompt_tokens", 20),
        ("cached_tokens", 5),
        ("output_tokens", 11),
        ("output_tps_per_request", 100.0),
        ("prefill_tps", 250.0),
    ],
)
def test_values(tag: str, expected: float) -> None:
    assert value(tag) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("tag", "changes"),
    [
        ("ttft", {"first_token_ns": None}),
        ("ttft", {"sent_ns": None}),
        ("ttft_scheduled", {"scheduled_ns": None}),
        ("queue_wait", {"headers_ns": None}),
        ("overhead", {"timings": None}),
        ("itl", {"output_tokens": 1}),
        ("itl", {"output_tokens": None}),
        ("itl", {"last_token_ns": 1104 * MS}),
        ("output_tps_per_request", {"output_tokens": 1}),
        ("prefill_ms", {"timings": None}),
        ("prefill_tps", {"timings": ServerTimings(prompt_n=0, prompt_ms=0, predicted_n=1, predicted_ms=0)}),
        ("connect", {"connect_ns": None}),
        ("cached_tokens", {"cached_tokens": None}),
    ],
)
def test_undefined_stays_undefined(tag: str, changes: dict[str, object]) -> None:
    assert value(tag, **changes) is None


def test_headers_that_come_with_the_first_token_are_no_queue() -> None:
    assert value("queue_wait", headers_ns=1104 * MS) is None
    assert value("overhead", headers_ns=1104 * MS) is None


def test_headers_a_busy_server_flushes_late_leave_no_rest_below_zero() -> None:
    late = {"headers_ns": 1060 * MS}
    assert value("queue_wait", **late) == pytest.approx(40.0)
    assert value("overhead", **late) == pytest.approx(0.0)
    assert value("queue_wait", headers_ns=1010 * MS, first_token_ns=1050 * MS) == pytest.approx(0.0)


TAGS = """
ttft ttft_scheduled queue_wait prefill_ms overhead itl icl stall tool_call request_latency connect
network_rtt network_rtt_min schedule_lag
prompt_tokens cached_tokens output_tokens output_tps_per_request prefill_tps
output_tps total_tps inputs_per_second requests_per_second goodput stall_share error_rate
"""


def test_tags_and_units_are_the_contract() -> None:
    assert list(METRICS) == TAGS.split()
    assert {metric.unit for metric in METRICS.values()} == {
        "ms",
        "tok",
        "tok/s",
        "req/s",
        "inputs/s",
        "fraction",
    }


def test_the_document_is_the_table() -> None:
    docs = Path(__file__).parents[3] / "docs"
    made = runpy.run_path(str(docs / "make_metrics.py"))["metrics_markdown"]()
    assert (docs / "metrics.md").read_text() == made, "run `python docs/make_metrics.py`"
