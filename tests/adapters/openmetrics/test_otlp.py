"""Our requests as GenAI metrics: what a collector on loopback decodes with OpenTelemetry's own messages."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from rocmtui.core.load.said import Requests
from rocmtui.core.load.scenario import ClosedLoop, PromptPlan, Scenario
from rocmtui.core.request.record import ErrorKind, Phase, RequestError, RequestRecord, ServerTimings
from rocmtui.core.server.state import ServerFacts, ServerState, ServerStatus
from rocmtui.core.session.view import SessionView

pytest.importorskip("opentelemetry.sdk", reason="the extra `otel` is not installed")
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)

from rocmtui.adapters.openmetrics.otlp import GenAiExporter

MS = 1_000_000
SCENARIO = Scenario(
    shape=ClosedLoop(concurrency=1),
    prompt=PromptPlan(text="x"),
    endpoint="completion",
    fleet=("http://b.lan",),
)
VIEW = SessionView(
    scenario=SCENARIO,
    server=ServerStatus(state=ServerState.READY, url="http://[::1]:8080", facts=ServerFacts(model="gemma")),
)
OURS = {
    "gen_ai.operation.name": "text_completion",
    "gen_ai.provider.name": "llama.cpp",
    "gen_ai.request.model": "gemma",
    "server.address": "::1",
    "server.port": 8080,
}
GOOD = RequestRecord(
    id=1,
    worker=0,
    phase=Phase.MEASURED,
    sent_ns=0,
    headers_ns=15 * MS,
    first_token_ns=40 * MS,
    last_token_ns=130 * MS,
    done_ns=131 * MS,
    prompt_tokens=30,
    output_tokens=10,
    timings=ServerTimings(prompt_n=30, prompt_ms=20.0, predicted_n=10, predicted_ms=90.0),
)
REFUSED = RequestRecord(
    id=2,
    worker=0,
    phase=Phase.MEASURED,
    server=1,
    scheduled_ns=0,
    done_ns=5 * MS,
    error=RequestError(kind=ErrorKind.CONNECT, message="refused"),
)


@contextmanager
def collector(status: int = 200) -> Iterator[tuple[str, list[tuple[str, ExportMetricsServiceRequest]]]]:
    """Its base address, and what it was sent: path and message."""
    taken: list[tuple[str, ExportMetricsServiceRequest]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append((self.path, ExportMetricsServiceRequest.FromString(body)))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(ExportMetricsServiceResponse().SerializeToString())

        def log_message(self, *words: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", taken
        server.shutdown()
        thread.join()


def points(message: ExportMetricsServiceRequest) -> dict[str, list[tuple[dict[str, Any], Any]]]:
    """Of each metric, unit behind its name, the data points with their attributes."""
    (resource,) = message.resource_metrics
    return {
        f"{metric.name} {metric.unit}": [
            ({one.key: getattr(one.value, one.value.WhichOneof("value")) for one in point.attributes}, point)
            for point in metric.histogram.data_points
        ]
        for metric in resource.scope_metrics[0].metrics
    }


def sent(*records: RequestRecord) -> dict[str, list[tuple[dict[str, Any], Any]]]:
    with collector() as (url, taken):
        exporter = GenAiExporter(url)
        exporter.view = lambda: VIEW
        exporter.emit(Requests(at_ns=1, records=records))
        exporter.close()
    ((path, message),) = taken
    assert path == "/v1/metrics"
    assert exporter.trouble.first is None
    names = {one.key: one.value.string_value for one in message.resource_metrics[0].resource.attributes}
    assert names["service.name"] == "rocmtui"
    return points(message)


def test_each_figure_has_its_name_its_unit_and_its_source() -> None:
    found = sent(GOOD)
    seconds = {
        "gen_ai.client.operation.duration s": 0.131,
        "gen_ai.client.operation.time_to_first_chunk s": 0.040,
        "gen_ai.server.time_to_first_token s": 0.035,
        "gen_ai.server.time_per_output_token s": 0.010,
    }
    for name, value in seconds.items():
        ((attributes, point),) = found.pop(name)
        assert attributes == OURS
        assert (point.count, point.sum) == (1, pytest.approx(value))
    tokens = found.pop("gen_ai.client.token.usage {token}")
    sums = {attributes.pop("gen_ai.token.type"): point.sum for attributes, point in tokens}
    assert sums == {"input": 30, "output": 10}
    assert all(attributes == OURS for attributes, _ in tokens)
    assert found == {}


def test_buckets_are_those_of_the_conventions() -> None:
    found = sent(GOOD)
    ((_, duration),) = found["gen_ai.client.operation.duration s"]
    assert list(duration.explicit_bounds)[:3] == [0.01, 0.02, 0.04]
    assert (len(duration.explicit_bounds), duration.explicit_bounds[-1]) == (14, 81.92)
    assert list(duration.bucket_counts).index(1) == 4
    ((_, tokens), _) = found["gen_ai.client.token.usage {token}"]
    assert (tokens.explicit_bounds[1], tokens.explicit_bounds[-1]) == (4, 67_108_864)


def test_a_failure_is_counted_by_its_kind_and_has_no_speed() -> None:
    found = sent(REFUSED)
    ((attributes, point),) = found.pop("gen_ai.client.operation.duration s")
    where = {"error.type": "connect", "server.address": "b.lan", "server.port": 80}
    assert attributes == OURS | where
    assert point.sum == pytest.approx(0.005)
    assert not any(found.values())


def test_a_collector_that_takes_nothing_is_told_once_and_off_the_screen(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with collector(status=400) as (url, _):
        exporter = GenAiExporter(url)
        exporter.emit(Requests(at_ns=1, records=(GOOD,)))
        exporter.close()
    assert "400" in (exporter.trouble.first or "")
    assert (capsys.readouterr().err, caplog.text) == ("", "")
