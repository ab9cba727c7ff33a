"""The fold from events to what a screen draws."""

import msgspec

from rocmtui.core.gpu.reading import GpuReading, GpuSample
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.server.state import ServerState, ServerStatus
from rocmtui.core.session.events import GpuRead, LogRead, ServerChanged, decode_event, encode
from rocmtui.core.session.view import MAX_LOG_LINES, ViewBuilder


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
