"""The fold from events to what a screen draws."""

import msgspec
from msgspec.structs import replace

from rocmtui.core.gpu.reading import GpuReading, GpuSample
from rocmtui.core.host.sample import HostSample, Limits, ServerLoad
from rocmtui.core.limits.bandwidth import Bandwidth
from rocmtui.core.limits.ceiling import Ceiling
from rocmtui.core.load.said import Requests
from rocmtui.core.load.scenario import ClosedLoop, PromptPlan, Scenario
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.server.state import ServerState, ServerStatus, SlotReading
from rocmtui.core.session.events import (
    CeilingKnown,
    Event,
    FleetRead,
    GpuRead,
    HostRead,
    LogRead,
    ServerChanged,
    SlotsRead,
    encode,
)
from rocmtui.core.session.view_builder import MAX_LOG_LINES, ViewBuilder
from tests.fakes.scripted_views import record

decode_event = msgspec.json.Decoder(Event).decode


def test_nothing_observed_is_a_stopped_server_without_load() -> None:
    view = ViewBuilder().view()
    assert view.server.state is ServerState.STOPPED
    assert view.live is None


def test_same_view_object_when_nothing_changed() -> None:
    builder = ViewBuilder()
    builder.observe(ServerChanged(at_ns=5, status=ServerStatus(state=ServerState.READY)))
    assert builder.view() is builder.view()


def test_history_and_peak_follow_the_snapshots() -> None:
    builder = ViewBuilder()
    for at_ns, tps in ((1, None), (2, 40.0), (3, 30.0)):
        builder.observe(LiveSnapshot(at_ns=at_ns, phase="measured", output_tps=tps))
    view = builder.view()
    assert [point.output_tps for point in view.history] == [None, 40.0, 30.0]
    assert view.peak_output_tps == 40.0


def test_a_new_load_begins_without_the_figures_of_the_last() -> None:
    builder = ViewBuilder()
    builder.observe(Requests(at_ns=1, records=(record(0),)))
    builder.observe(LiveSnapshot(at_ns=2, phase="done", output_tps=40.0))
    builder.set_load(None, "/runs/second")
    view = builder.view()
    assert (view.live, view.requests, view.peak_output_tps) == (None, (), None)
    assert len(view.history) == 1, "what was drawn over time stays"


def test_the_servers_of_a_fleet_are_those_of_the_load_and_known_ones_stay_known() -> None:
    builder = ViewBuilder()
    builder.set_fleet(("http://b:1", "http://c:2"))
    said = FleetRead(at_ns=3, server=2, state="read", busy=1, slots=4)
    builder.observe(said)
    builder.observe(FleetRead(at_ns=4, server=9, state="off"))
    assert [server.said for server in builder.view().fleet] == [None, said]
    scenario = Scenario(shape=ClosedLoop(concurrency=1), prompt=PromptPlan(text="x"), requests=1)
    builder.set_load(replace(scenario, fleet=("http://b:1", "http://c:2")), None)
    assert [server.said for server in builder.view().fleet] == [None, said]
    builder.set_load(replace(scenario, fleet=("http://c:2",)), None)
    assert [(server.url, server.said) for server in builder.view().fleet] == [("http://c:2", None)]
    builder.set_load(scenario, None)
    assert builder.view().fleet == ()


def test_a_server_that_stopped_has_no_slots_that_are_busy() -> None:
    builder = ViewBuilder()
    slot = SlotReading(id=0, n_ctx=64, is_processing=True)
    builder.observe(SlotsRead(at_ns=1, slots=(slot,), deferred=2))
    builder.observe(ServerChanged(at_ns=2, status=ServerStatus(state=ServerState.STOPPING)))
    assert (len(builder.view().slots), builder.view().deferred) == (1, 2)
    builder.observe(ServerChanged(at_ns=3, status=ServerStatus(state=ServerState.STOPPED)))
    assert (builder.view().slots, builder.view().deferred) == ((), None)


def test_log_is_bounded_and_numbered() -> None:
    builder = ViewBuilder()
    builder.observe(LogRead(at_ns=1, lines=tuple(str(n) for n in range(MAX_LOG_LINES + 7))))
    view = builder.view()
    assert len(view.log) == MAX_LOG_LINES
    assert view.log_first_number == 7
    assert view.log[0] == "7"


def test_events_survive_their_json() -> None:
    snapshot = LiveSnapshot(at_ns=1, phase="warmup")
    snapshot.ttft.add(3.2)
    assert decode_event(encode(snapshot)) == snapshot


def test_stale_gpu_figures_are_no_new_points() -> None:
    builder = ViewBuilder()
    sample = GpuSample(at_ns=1, gpus=(GpuReading(pci="0000:03:00.0", name="card", power_watts=40.0),))
    builder.observe(GpuRead(at_ns=1, sample=sample))
    builder.observe(GpuRead(at_ns=4, sample=msgspec.structs.replace(sample, stale=True)))
    view = builder.view()
    assert [point.at_ns for point in view.gpu_history] == [1]
    assert view.gpu is not None
    assert view.gpu.stale


def test_the_limit_follows_the_streams_that_decode() -> None:
    """A model of 1 GB and a memory of 10 GB a second: 10 steps a second at most."""
    builder = ViewBuilder()
    card = Bandwidth(bytes_per_s=1e10, source="maker")
    builder.observe(CeilingKnown(at_ns=1, ceiling=Ceiling(device="x", card_bytes=10**9, card=card)))
    builder.observe(ServerChanged(at_ns=1, status=ServerStatus(state=ServerState.READY)))
    for at_ns, decoding in ((2, 0), (3, 1), (4, 4)):
        builder.observe(LiveSnapshot(at_ns=at_ns, phase="measured", decoding=decoding))
    view = builder.view()
    assert [point.limit_tps for point in view.history] == [None, 10.0, 40.0]
    assert view.limit_tps == 40.0
    builder.observe(ServerChanged(at_ns=5, status=ServerStatus(state=ServerState.STOPPED)))
    assert builder.view().ceiling is None
    assert ViewBuilder().view().limit_tps is None


def test_the_host_has_a_history() -> None:
    builder = ViewBuilder()
    limits = Limits(periods=5, throttled_periods=4)
    sample = HostSample(at_ns=1, span_s=0.5, server=ServerLoad(cores_used=1.5, wait_share=0.1), limits=limits)
    builder.observe(HostRead(at_ns=1, sample=sample))
    view = builder.view()
    assert view.host == sample
    (point,) = view.host_history
    assert (point.server.cores_used, point.server.wait_share, point.limits.throttled_share) == (1.5, 0.1, 0.8)
    assert decode_event(encode(HostRead(at_ns=1, sample=sample))) == HostRead(at_ns=1, sample=sample)
