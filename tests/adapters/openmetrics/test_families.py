"""What is told of a session as OpenMetrics: read back by the official parser, dashes are no samples."""

from __future__ import annotations

import asyncio
import re
import urllib.request
from pathlib import Path

import pytest
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from rocmtui.adapters.openmetrics.exporter import Exporter
from rocmtui.adapters.openmetrics.outlets import served, written
from rocmtui.core.gpu.reading import GpuReading, GpuSample
from rocmtui.core.load.said import Requests
from rocmtui.core.request.record import ErrorKind, Phase, RequestError, RequestRecord
from rocmtui.core.server.log.served import ServedRequest
from rocmtui.core.server.state import ServerFacts, ServerState, ServerStatus, SlotReading
from rocmtui.core.session.events import GpuRead, ServerChanged, ServerTraffic, SlotsRead
from rocmtui.errors import UsageError

MS = 1_000_000
READY = ServerStatus(state=ServerState.READY, facts=ServerFacts(model='we"ird\nmodel', build="b9120"))


def record(ttft_ms: int, **changes: object) -> RequestRecord:
    figures = {
        "id": 1,
        "worker": 0,
        "phase": Phase.MEASURED,
        "sent_ns": 0,
        "first_token_ns": ttft_ms * MS,
        "last_token_ns": (ttft_ms + 90) * MS,
        "done_ns": (ttft_ms + 90) * MS,
        "prompt_tokens": 30,
        "cached_tokens": 10,
        "output_tokens": 10,
    }
    return RequestRecord(**(figures | changes))  # type: ignore[arg-type]


def samples(exporter: Exporter) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in text_string_to_metric_families(generate_latest(exporter.registry).decode()):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def one(found: dict[tuple[tuple[str, str], ...], float], **labels: str) -> float:
    (value,) = (value for key, value in found.items() if set(labels.items()) <= set(key))
    return value


def exporter_of(*events: object) -> Exporter:
    exporter = Exporter()
    for event in events:
        exporter.emit(event)  # type: ignore[arg-type]
    return exporter


def test_requests_tokens_and_distributions_are_counted() -> None:
    failed = record(50, error=RequestError(kind=ErrorKind.TIMEOUT_CONNECT, message="x"), output_tokens=None)
    found = samples(
        exporter_of(ServerChanged(at_ns=1, status=READY), Requests(at_ns=2, records=(record(40), failed)))
    )
    assert one(found["rocmtui_requests_total"], of="ours", outcome="completed") == 1
    assert one(found["rocmtui_requests_total"], of="ours", outcome="timeout_connect") == 1
    assert one(found["rocmtui_tokens_total"], of="ours", kind="output") == 10
    assert one(found["rocmtui_ttft_seconds_count"]) == 1
    assert one(found["rocmtui_ttft_seconds_sum"]) == pytest.approx(0.04)
    assert one(found["rocmtui_ttft_seconds_bucket"], le="0.02") == 0
    assert one(found["rocmtui_ttft_seconds_bucket"], le="0.05") == 1
    assert one(found["rocmtui_itl_seconds_bucket"], le="0.01") in (0, 1)


def test_counters_go_on_when_the_server_starts_anew() -> None:
    starting = ServerStatus(state=ServerState.STARTING)
    events = (Requests(at_ns=1, records=(record(40),)), ServerChanged(at_ns=2, status=starting))
    found = samples(
        exporter_of(*events, ServerChanged(at_ns=3, status=READY), Requests(at_ns=4, records=(record(40),)))
    )
    assert one(found["rocmtui_requests_total"], of="ours", outcome="completed") == 2
    assert one(found["rocmtui_server_up"]) == 1


def test_other_clients_are_told_apart() -> None:
    theirs = ServedRequest(at_ns=1, slot=0, task=1, prompt_tokens=9, cached_tokens=3, output_tokens=7)
    ours = ServedRequest(at_ns=1, slot=0, task=2, output_tokens=100, ours=True)
    found = samples(
        exporter_of(ServerTraffic(at_ns=1, decode_tps=50.0, others_decode_tps=20.0, served=(theirs, ours)))
    )
    assert one(found["rocmtui_tokens_total"], of="others", kind="output") == 7
    assert one(found["rocmtui_decode_tokens_per_second"], of="others") == 20
    assert "rocmtui_prefill_tokens_per_second" not in found


def test_slots_by_phase() -> None:
    slots = (
        SlotReading(id=0, n_ctx=8, is_processing=True, decoded=3),
        SlotReading(id=1, n_ctx=8, is_processing=False),
    )
    found = samples(exporter_of(SlotsRead(at_ns=1, slots=slots, deferred=2)))
    assert one(found["rocmtui_slots"], phase="generate") == 1
    assert one(found["rocmtui_requests_deferred"]) == 2


def test_a_card_that_sleeps_has_no_figures_and_a_stale_sample_none_at_all() -> None:
    asleep = GpuReading(
        pci="0000:03:00.0", name="RX 7900 XTX", vram_total_bytes=24 << 30, pool_bytes=24 << 30
    )
    awake = GpuReading(pci="0000:04:00.0", name="RX 7600", power_watts=30.0, edge_c=41.0)
    found = samples(exporter_of(GpuRead(at_ns=1, sample=GpuSample(at_ns=1, gpus=(asleep, awake)))))
    assert list(found["rocmtui_gpu_power_watts"]) == [(("card", "0000:04:00.0"), ("name", "RX 7600"))]
    assert one(found["rocmtui_gpu_temperature_celsius"], sensor="edge") == 41
    stale = exporter_of(GpuRead(at_ns=1, sample=GpuSample(at_ns=1, gpus=(awake,), stale=True)))
    assert "rocmtui_gpu_power_watts" not in samples(stale)


def test_a_port_answers_while_it_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    exporter = exporter_of(ServerChanged(at_ns=1, status=READY))
    with served(exporter.registry, "127.0.0.1", 0) as port:
        text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics").read().decode()
        monkeypatch.setattr(exporter, "collect", list)
        again = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics")
        assert again.headers["Content-Type"].startswith("text/plain")
        assert again.read().decode() == text, "it is made once a second, not for each who asks"
        with pytest.raises(UsageError, match=f"cannot serve metrics at 127.0.0.1:{port}"):
            served(exporter.registry, "127.0.0.1", port).__enter__()
    assert 'rocmtui_server_up{model="we\\"ird\\nmodel"} 1.0' in text


async def test_a_file_is_written_at_once_and_at_the_end(tmp_path: Path) -> None:
    exporter, file = Exporter(), tmp_path / "rocmtui.prom"
    writing = asyncio.create_task(written(exporter.registry, file, every_s=3600))
    await asyncio.sleep(0)
    assert "rocmtui_requests_total" in file.read_text()
    exporter.emit(Requests(at_ns=2, records=(record(40),)))
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    assert 'outcome="completed"} 1.0' in file.read_text()


def test_the_dashboard_asks_for_what_is_told() -> None:
    document = (Path(__file__).parents[3] / "docs" / "grafana.json").read_text()
    asked = set(re.findall(r"rocmtui_[a-z_]+", document))
    gpu = GpuReading(pci="a", name="b", power_watts=1.0, power_cap_watts=2.0, edge_c=3.0, spill_bytes=4)
    exporter = exporter_of(
        ServerChanged(at_ns=1, status=READY),
        ServerTraffic(at_ns=1, decode_tps=1.0, prefill_tps=1.0),
        GpuRead(at_ns=1, sample=GpuSample(at_ns=1, gpus=(gpu,))),
    )
    told = set(re.findall(r"^# TYPE (\w+)", generate_latest(exporter.registry).decode(), re.MULTILINE))
    assert {name.removesuffix("_total").removesuffix("_bucket") for name in asked} - told == {"rocmtui_slots"}
