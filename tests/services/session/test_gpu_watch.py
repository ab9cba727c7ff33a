"""A session's GPUs: baseline, loaded, peak, given back; energy of the measured window; spill; notes."""

from __future__ import annotations

import pytest

from rocmtui.core.gpu.reading import GpuReading, GpuSample, MemoryUser
from rocmtui.core.host.sample import HostSample, Limits, MachineLoad, ServerLoad
from rocmtui.core.load.snapshot import LiveSnapshot, LoadPhase
from rocmtui.core.server.state import DeviceMemory, LaunchPlan, ServerFacts, ServerState, ServerStatus
from rocmtui.core.session.events import Event, GpuRead, HostRead, Noticed, ServerChanged
from rocmtui.services.session.gpu_watch import GpuWatch
from tests.fakes.manual_clock import ManualClock

S = 1_000_000_000
GIB = 1 << 30
PCI = "0000:03:00.0"


class Source:
    """Samples given beforehand; notes whom it was asked to watch."""

    def __init__(self, *samples: GpuSample) -> None:
        self.given = samples
        self.watched: list[int | None] = []
        self.is_closed = False

    async def samples(self):  # type: ignore[no-untyped-def]
        for sample in self.given:
            yield sample

    def watch_server(self, pid: int | None) -> None:
        self.watched.append(pid)

    async def close(self) -> None:
        self.is_closed = True


class Sink(list[Event]):
    def emit(self, event: Event) -> None:
        self.append(event)


class Run:
    """A session in which one second passes between two samples."""

    def __init__(self) -> None:
        self.clock, self.source, self.sink = ManualClock(), Source(), Sink()
        self.watch = GpuWatch(self.source, self.clock, self.sink)

    def sample(
        self,
        vram: float,
        watts: float | None = None,
        gtt: float = 0.1,
        users: tuple[MemoryUser, ...] = (),
        **fields: object,
    ) -> None:
        self.clock.tick(1)
        values = {"vram_used_bytes": int(vram * GIB), "gtt_used_bytes": int(gtt * GIB), "power_watts": watts}
        gpu = GpuReading(pci=PCI, name="RX 7900 XT", vram_total_bytes=20 * GIB, **(values | fields))  # type: ignore[arg-type]
        self.watch.take(GpuSample(at_ns=self.clock.monotonic_ns(), gpus=(gpu,), users=users))

    def server(self, state: ServerState, pid: int | None = None, attached: bool = False) -> None:
        status = ServerStatus(state=state, pid=pid, attached=attached)
        self.watch.observe(ServerChanged(at_ns=self.clock.monotonic_ns(), status=status))

    def load(self, phase: LoadPhase) -> None:
        self.watch.observe(LiveSnapshot(at_ns=self.clock.monotonic_ns(), phase=phase))

    def notices(self) -> list[str]:
        return [event.text for event in self.sink if isinstance(event, Noticed)]


@pytest.fixture
def run() -> Run:
    return Run()


def test_memory_at_the_turning_points(run: Run) -> None:
    run.sample(1)
    run.server(ServerState.STARTING)
    run.server(ServerState.STARTING, pid=4711)
    run.sample(9)
    run.server(ServerState.READY, pid=4711)
    run.sample(16)
    run.load("measured")
    run.sample(18)
    run.load("done")
    run.server(ServerState.STOPPING, pid=4711)
    run.server(ServerState.STOPPED)
    run.sample(1.5)
    (summary,) = run.watch.summary(scope="server")
    assert [
        size and size / GIB
        for size in (
            summary.vram_before_bytes,
            summary.vram_loaded_bytes,
            summary.vram_peak_bytes,
            summary.vram_after_bytes,
        )
    ] == [1, 16, 18, 1.5]
    assert run.source.watched == [None, 4711, 4711, 4711, None]


def test_energy_is_that_of_the_measured_window(run: Run) -> None:
    run.server(ServerState.STARTING, pid=1)
    run.sample(1, watts=20)
    run.server(ServerState.READY, pid=1)
    run.load("warmup")
    run.sample(16, watts=300)
    run.load("measured")
    run.sample(16, watts=200, junction_c=70.0, sclk_hz=2_400_000_000)
    run.sample(16, watts=220, junction_c=90.0, sclk_hz=2_300_000_000, throttle=("power",))
    run.load("done")
    run.sample(16, watts=20)
    (summary,) = run.watch.summary(output_tokens=920)
    assert summary.power_mean_watts == 230
    assert summary.power_peak_watts == 220
    assert summary.energy_joules == 460
    assert summary.tokens_per_joule == 2
    assert (summary.junction_start_c, summary.junction_end_c, summary.junction_peak_c) == (70, 90, 90)
    assert (summary.sclk_start_hz, summary.sclk_end_hz) == (2_400_000_000, 2_300_000_000)
    assert (summary.throttle, summary.throttled_fraction) == (("power",), 0.5)


def test_second_load_starts_anew(run: Run) -> None:
    run.server(ServerState.STARTING, pid=1)
    run.sample(1, watts=20)
    run.load("measured")
    run.sample(19, watts=300)
    run.load("done")
    run.sample(16, watts=100)
    run.load("measured")
    run.sample(17, watts=100)
    (load,), (server,) = run.watch.summary(), run.watch.summary(scope="server")
    assert (load.vram_peak_bytes, server.vram_peak_bytes) == (17 * GIB, 19 * GIB)
    assert load.power_mean_watts == 100
    assert server.energy_joules == 160 + 100


def test_card_first_seen_while_measuring_has_its_figures(run: Run) -> None:
    run.server(ServerState.READY, pid=1, attached=True)
    run.load("measured")
    run.sample(16, watts=200)
    run.sample(16, watts=200)
    run.load("done")
    run.sample(16, watts=20)
    (summary,) = run.watch.summary(output_tokens=800)
    assert (summary.power_mean_watts, summary.energy_joules, summary.tokens_per_joule) == (200, 400, 2)


def test_card_first_seen_after_measuring_has_none(run: Run) -> None:
    run.server(ServerState.READY, pid=1, attached=True)
    run.load("measured")
    run.load("done")
    run.sample(16, watts=200)
    run.sample(16, watts=200)
    assert run.watch.summary()[0].energy_joules is None


def test_without_power_there_is_no_energy(run: Run) -> None:
    run.server(ServerState.STARTING, pid=1)
    run.sample(1)
    run.load("measured")
    run.sample(16)
    (summary,) = run.watch.summary(output_tokens=100)
    assert (summary.power_mean_watts, summary.energy_joules, summary.tokens_per_joule) == (None, None, None)


def test_spill_warns_once_and_shows_in_the_sample(run: Run) -> None:
    run.sample(0.5)
    run.server(ServerState.STARTING, pid=1)
    run.sample(19.6, gtt=0.5)
    run.sample(19.6, gtt=14.1)
    run.sample(19.6, gtt=14.1)
    (text,) = run.notices()
    assert text.startswith("RX 7900 XT is full: 14.0 GiB went to system memory, which is much slower.")
    spills = [event.sample.gpus[0].spill_bytes for event in run.sink if isinstance(event, GpuRead)]
    assert spills == [None, None, 14 * GIB, 14 * GIB]
    assert run.watch.summary(scope="server")[0].spill_peak_bytes == 14 * GIB


def test_full_card_without_a_server_is_nobodys_spill(run: Run) -> None:
    run.sample(0.5)
    run.sample(19.6, gtt=14.1)
    assert run.notices() == []


def test_attached_server_has_no_before(run: Run) -> None:
    run.sample(16)
    run.server(ServerState.READY, pid=7, attached=True)
    run.sample(16)
    run.server(ServerState.UNRESPONSIVE, pid=7, attached=True)
    run.server(ServerState.READY, pid=7, attached=True)
    run.sample(17)
    (summary,) = run.watch.summary(scope="server")
    assert (summary.vram_before_bytes, summary.vram_loaded_bytes) == (None, 16 * GIB)


async def test_each_note_is_told_once_and_stale_samples_pass(run: Run) -> None:
    first = GpuSample(at_ns=5, notes=("No AMD GPU.",))
    stale = GpuSample(at_ns=5, notes=("No AMD GPU.",), stale=True)
    run.clock.tick(9e-9)
    watch = GpuWatch(Source(first, first, stale), run.clock, run.sink)
    await watch.run()
    assert run.notices() == ["No AMD GPU."]
    assert [event.at_ns for event in run.sink if isinstance(event, GpuRead)] == [5, 5, 9]
    assert watch.sample is stale


def test_card_that_vanishes_leaves_its_figures(run: Run) -> None:
    run.server(ServerState.STARTING, pid=1)
    run.sample(5)
    run.watch.take(GpuSample(at_ns=run.clock.monotonic_ns() + S))
    assert run.watch.summary(scope="server")[0].vram_peak_bytes == 5 * GIB


def test_first_sample_right_after_the_start_is_the_baseline(run: Run) -> None:
    run.server(ServerState.STARTING, pid=1)
    run.sample(1)
    run.sample(9)
    run.server(ServerState.READY, pid=1)
    run.sample(16)
    (summary,) = run.watch.summary(scope="server")
    assert (summary.vram_before_bytes, summary.vram_loaded_bytes) == (GIB, 16 * GIB)


def test_late_first_sample_is_no_baseline(run: Run) -> None:
    run.server(ServerState.STARTING, pid=1)
    run.clock.tick(5)
    run.sample(9)
    assert run.watch.summary(scope="server")[0].vram_before_bytes is None


def test_spill_that_lasts_is_told_to_each_load(run: Run) -> None:
    run.sample(0.5)
    run.server(ServerState.STARTING, pid=1)
    run.sample(19.6, gtt=14.1)
    run.load("measured")
    run.sample(19.6, gtt=14.1)
    run.sample(19.6, gtt=14.1)
    assert len(run.notices()) == 2


def test_card_the_server_does_not_use_earns_no_tokens(run: Run) -> None:
    run.server(ServerState.STARTING, pid=1)
    user = MemoryUser(pci=PCI, pid=1, name="llama-server", vram_bytes=0, gtt_bytes=0, is_server=True)
    run.sample(1, watts=30, users=(user,))
    run.load("measured")
    run.sample(19.6, watts=30, gtt=15, users=(user,))
    (summary,) = run.watch.summary(output_tokens=100)
    assert (summary.energy_joules, summary.tokens_per_joule) == (30, None)
    assert run.notices() == []


def host(at_ns: int, **server: object) -> HostSample:
    return HostSample(
        at_ns=at_ns,
        span_s=0.5,
        server=ServerLoad(working_threads=8, cores_used=2.0, **server),  # type: ignore[arg-type]
        limits=Limits(cores=2),
        machine=MachineLoad(cores=2, busy_cores=2.0, other_cores=0.0),
    )


def test_what_slows_the_server_is_said_once_a_load_and_stays_in_the_samples() -> None:
    run = Run()
    run.watch.observe(LiveSnapshot(at_ns=0, phase="measured"))
    for number in range(12):
        at_ns = number * S // 2
        run.watch.take(GpuSample(at_ns=at_ns, host=host(at_ns, wait_share=0.7)))
    told = [event for event in run.sink if isinstance(event, Noticed)]
    assert [(event.code, event.level) for event in told] == [("host", "warning")]
    assert "8 threads work on 2 cores" in told[0].text
    seen = [event.sample.causes for event in run.sink if isinstance(event, HostRead)]
    assert [bool(causes) for causes in seen] == [False] * 3 + [True] * 9
    assert all(event.sample.host is None for event in run.sink if isinstance(event, GpuRead))
    run.watch.observe(LiveSnapshot(at_ns=7 * S, phase="drain"))
    run.watch.take(GpuSample(at_ns=7 * S, host=host(7 * S, wait_share=0.7)))
    assert isinstance(run.sink[-1], HostRead)
    assert run.sink[-1].sample.causes == ()


@pytest.mark.parametrize(("on_host", "weights", "resident"), [(6, 6, 5), (0, None, None), (30, 20, 5)])
def test_weights_that_lie_on_a_card_are_not_missed_in_system_memory(
    on_host: int, weights: int | None, resident: int | None
) -> None:
    run = Run()
    gib = 1 << 30
    log = (
        DeviceMemory(device="CPU", weights_bytes=on_host * gib),
        DeviceMemory(device="ROCm0", weights_bytes=14 * gib),
    )
    run.watch.observe(ServerChanged(at_ns=0, status=ServerStatus(facts=ServerFacts(memory=log))))
    mapped = host(S, weights_bytes=20 * gib, weights_resident_bytes=5 * gib)
    run.watch.take(GpuSample(at_ns=S, host=mapped))
    (read,) = [event for event in run.sink if isinstance(event, HostRead)]
    server = read.sample.server
    assert server is not None
    assert server.weights_bytes == (weights and weights * gib)
    assert server.weights_resident_bytes == (resident and resident * gib)


def test_the_partitions_that_a_server_was_given_are_marked(run: Run) -> None:
    def marked() -> tuple[int, ...]:
        run.sample(1, partition_bytes=(6 * GIB, 6 * GIB))
        read = next(event for event in reversed(run.sink) if isinstance(event, GpuRead))
        return read.sample.gpus[0].chosen_partitions

    def serves(gpu: str) -> None:
        plan = LaunchPlan(model="m.gguf", gpu=gpu)
        status = ServerStatus(state=ServerState.READY, pid=1, plan=plan)
        run.watch.observe(ServerChanged(at_ns=run.clock.monotonic_ns(), status=status))

    assert marked() == ()
    serves("0.1")
    assert marked() == (1,)
    serves("9.1")
    assert marked() == ()
    serves("auto")
    assert marked() == ()
