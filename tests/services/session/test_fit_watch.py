"""After a start the estimate is held against the cards, or against the process where the CPU serves."""

from __future__ import annotations

from rocmtui.core.gguf.info import ModelMemory
from rocmtui.core.gguf.vram_estimate import VramEstimate
from rocmtui.core.gpu.memory.need import plan_need
from rocmtui.core.gpu.memory.taken import Taken
from rocmtui.core.gpu.reading import GpuReading, GpuSample
from rocmtui.core.server.state import DeviceMemory, LaunchPlan, ServerFacts, ServerState, ServerStatus
from rocmtui.core.session.events import Event, GpuRead, Noticed, ServerChanged
from rocmtui.services.session.fit_watch import FitWatch
from tests.fakes.manual_clock import ManualClock

GIB = 1 << 30
PLAN = LaunchPlan(model="/models/m.gguf", parallel=1)
ON_GPU = ServerFacts(
    build="b1", backend="ROCm", memory=(DeviceMemory(device="ROCm0", weights_bytes=10 * GIB, kv_bytes=GIB),)
)
ON_CPU = ServerFacts(backend="CPU", memory=(DeviceMemory(device="CPU", weights_bytes=10 * GIB),))


class Book:
    def __init__(self, *, full: bool = False) -> None:
        self.kept: list[Taken] = []
        self._full = full

    def estimate(self, plan: LaunchPlan) -> VramEstimate | None:
        return plan_need(ModelMemory(weights_bytes=10 * GIB), plan)

    def resident_bytes(self, pid: int) -> int | None:
        return 12 * GIB if pid == 9 else None

    def keep(self, taken: Taken) -> None:
        if self._full:
            raise OSError(28, "No space left on device")
        self.kept.append(taken)


class Run:
    def __init__(self, book: Book) -> None:
        self.events: list[Event] = []
        self.watch = FitWatch(book, ManualClock(), self)

    def emit(self, event: Event) -> None:
        self.events.append(event)

    def gpu(self, at_ns: int, used: float, *, stale: bool = False) -> None:
        gpu = GpuReading(pci="0000:03:00.0", name="c", vram_used_bytes=int(used * GIB))
        self.watch.observe(GpuRead(at_ns=at_ns, sample=GpuSample(at_ns=at_ns, gpus=(gpu,), stale=stale)))

    def server(self, at_ns: int, state: ServerState, facts: ServerFacts = ON_GPU, **more: bool) -> None:
        status = ServerStatus(state=state, plan=PLAN, pid=9, facts=facts, **more)  # type: ignore[arg-type]
        self.watch.observe(ServerChanged(at_ns=at_ns, status=status))

    def said(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Noticed)]


def test_a_card_is_held_against_before_the_start() -> None:
    book = Book()
    run = Run(book)
    run.gpu(1, 2)
    run.server(2, ServerState.STARTING)
    run.gpu(3, 9)
    run.server(4, ServerState.READY)
    run.gpu(4, 9)
    run.gpu(5, 13.5, stale=True)
    assert run.said() == []
    run.gpu(6, 13.5)
    run.gpu(7, 14)
    (said,) = run.said()
    assert "took 11.5 GiB (+15.0 %): weights 10.0 → 10.0, KV 0.0 → 1.0" in said
    (taken,) = book.kept
    assert (taken.model, taken.build, taken.cards) == ("m.gguf", "b1", {"0000:03:00.0": int(11.5 * GIB)})


def test_on_a_cpu_the_resident_memory_counts() -> None:
    book = Book(full=True)
    run = Run(book)
    run.server(2, ServerState.STARTING, ON_CPU)
    run.server(4, ServerState.READY, ON_CPU)
    took, lost = run.said()
    assert took.endswith("; in system memory")
    assert "took 12.0 GiB" in took
    assert lost == "what the server took is not remembered: No space left on device"


def test_a_server_of_others_and_a_start_that_failed_teach_nothing() -> None:
    run = Run(Book())
    run.gpu(1, 2)
    run.server(2, ServerState.READY, attached=True)
    run.gpu(3, 13)
    run.server(4, ServerState.STARTING)
    run.server(5, ServerState.FAILED)
    run.gpu(6, 13)
    assert run.said() == []


def test_without_a_look_before_the_start_the_log_counts() -> None:
    book = Book()
    run = Run(book)
    run.server(2, ServerState.STARTING)
    run.server(2_000_000_000, ServerState.READY)
    run.gpu(3_000_000_000, 13.5)
    assert book.kept[0].cards == {"ROCm0": 11 * GIB}


def test_a_first_look_soon_after_the_start_is_before_it() -> None:
    book = Book()
    run = Run(book)
    run.server(2, ServerState.STARTING)
    run.gpu(500_000_000, 2)
    run.server(2_000_000_000, ServerState.READY)
    run.gpu(3_000_000_000, 13.5)
    assert book.kept[0].cards == {"0000:03:00.0": int(11.5 * GIB)}
