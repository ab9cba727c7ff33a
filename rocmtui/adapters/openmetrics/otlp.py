"""Our requests as OpenTelemetry's GenAI metrics, sent to a collector over HTTP by a thread of the SDK.

Names, units and buckets are those of OpenTelemetry's semantic conventions for generative AI (status:
development). What the client measured goes under `gen_ai.client`, what the server's own
clock said of the same requests under `gen_ai.server`. The standard variables (OTEL_EXPORTER_OTLP_HEADERS,
OTEL_METRIC_EXPORT_INTERVAL, OTEL_RESOURCE_ATTRIBUTES ...) are heeded by the SDK.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.metrics import Histogram
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource

from rocmtui import __version__
from rocmtui.core.load.said import Requests
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.request.values import prefill_ms, queue_wait, ttft
from rocmtui.core.server.url import UNIX_PREFIX, host_of, port_of
from rocmtui.core.session.events import Event
from rocmtui.core.session.view import SessionView

_SECONDS = tuple(0.01 * 2**power for power in range(14))
_TTFT = (0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
_PER_TOKEN = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5)
_TOKENS = tuple(float(4**power) for power in range(14))
_HISTOGRAMS: Mapping[str, tuple[str, tuple[float, ...], str]] = {
    "client.operation.duration": ("s", _SECONDS, "From the request on the wire to the last byte"),
    "client.operation.time_to_first_chunk": ("s", _SECONDS, "From the request on the wire to first content"),
    "client.token.usage": ("{token}", _TOKENS, "Tokens of prompts and of replies, as the server counts them"),
    "server.time_to_first_token": ("s", _TTFT, "Wait for a slot, and prefill by the server's clock"),
    "server.time_per_output_token": ("s", _PER_TOKEN, "Decode by the server's clock over tokens"),
}
_OPERATIONS = {"completion": "text_completion", "completions": "text_completion"}
"""Of an endpoint, where it is not its own name."""
_PORTS = {"http": 80, "https": 443}


class GenAiExporter:
    """An EventSink that counts each request that ended; sends every minute and when closed."""

    def __init__(self, endpoint: str) -> None:
        """`endpoint` is a collector's base address; the path of metrics is added."""
        self.view: Callable[[], SessionView] = SessionView
        """What the requests belong to."""
        self.trouble = _Trouble()
        exporter = OTLPMetricExporter(endpoint=f"{endpoint.rstrip('/')}/v1/metrics")
        resource = Resource.create({"service.name": "rocmtui", "service.version": __version__})
        reader = PeriodicExportingMetricReader(exporter)
        self._provider = MeterProvider((reader,), resource, shutdown_on_exit=False)
        meter = self._provider.get_meter("rocmtui", __version__)
        self._histograms: dict[str, Histogram] = {
            name: meter.create_histogram(
                f"gen_ai.{name}", unit, description, explicit_bucket_boundaries_advisory=bounds
            )
            for name, (unit, bounds, description) in _HISTOGRAMS.items()
        }

    def emit(self, event: Event) -> None:
        """Take one event of the session."""
        if isinstance(event, Requests):
            view = self.view()
            for record in event.records:
                self._count(record, _attributes(view, record))

    def close(self) -> None:
        """Send all counts a last time and stop; blocks for seconds where nobody takes them."""
        self.trouble.first = None  # what failed before is in the counts of now
        self._provider.shutdown()

    def _count(self, record: RequestRecord, of: Mapping[str, str | int]) -> None:
        began_ns = record.due_ns if record.sent_ns is None else record.sent_ns
        error = str(record.error.kind) if record.error else "cancelled" if record.cancelled else None
        outcome = {} if error is None else {"error.type": error}
        self._histograms["client.operation.duration"].record(
            (record.done_ns - began_ns) / 1e9, {**of, **outcome}
        )
        for kind, tokens in (("input", record.prompt_tokens), ("output", record.output_tokens)):
            if tokens is not None:
                self._histograms["client.token.usage"].record(tokens, {**of, "gen_ai.token.type": kind})
        if record.completed:
            for name, value_ms in _times(record).items():
                if value_ms is not None:
                    self._histograms[name].record(value_ms / 1e3, of)


def _times(record: RequestRecord) -> dict[str, float | None]:
    """Milliseconds of a completed request."""
    wait, prefill, clock = queue_wait(record), prefill_ms(record), record.timings
    decodes = clock is not None and clock.predicted_n > 1
    return {
        "client.operation.time_to_first_chunk": ttft(record),
        "server.time_to_first_token": None if wait is None or prefill is None else wait + prefill,
        "server.time_per_output_token": clock.predicted_ms / (clock.predicted_n - 1)
        if clock and decodes
        else None,
    }


def _attributes(view: SessionView, record: RequestRecord) -> dict[str, str | int]:
    scenario, facts = view.scenario, view.server.facts
    urls = (view.server.url or "", *(scenario.fleet if scenario else ()))
    url = urls[record.server or 0]
    endpoint = scenario.endpoint if scenario else "chat"
    told: dict[str, str | int] = {
        "gen_ai.operation.name": _OPERATIONS.get(endpoint, endpoint),
        "gen_ai.provider.name": "llama.cpp" if facts.is_llama_server else "openai",
    }
    if facts.model:
        told["gen_ai.request.model"] = facts.model
    if url.startswith(UNIX_PREFIX):
        told["server.address"] = url.removeprefix(UNIX_PREFIX)
    elif host := host_of(url):
        told["server.address"] = host
        told["server.port"] = port_of(url) or _PORTS[url.partition(":")[0]]
    return told


class _Trouble(logging.Handler):
    """Keeps what the SDK logs off the terminal, and the first of it to be told at the end."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.first: str | None = None
        logger = logging.getLogger("opentelemetry")
        logger.handlers, logger.propagate = [self], False

    def emit(self, record: logging.LogRecord) -> None:
        self.first = self.first or record.getMessage()
