"""What of a run is written, and that it reads back as it was seen."""

import random

import msgspec

from rocmtui.core.gpu.reading import GpuReading, GpuSample
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.runs.thinning import FULL_NS, StepDecoder, Stored, Thinner
from rocmtui.core.server.state import SlotReading
from rocmtui.core.session.events import FleetRead, GpuRead, LogRead, Noticed, SlotsRead, encode
from rocmtui.core.stats.histogram import Histogram

SECOND = 1_000_000_000
decode_stored = msgspec.json.Decoder(Stored).decode


def snapshots(count: int, every_ns: int) -> list[LiveSnapshot]:
    source = random.Random(3)
    ttft = Histogram()
    result = []
    for n in range(count):
        ttft.add(source.lognormvariate(5, 1))
        result.append(LiveSnapshot(at_ns=n * every_ns, phase="measured", completed=n, ttft=ttft.copy()))
    return result


def read_back(events: list[LiveSnapshot]) -> list[object]:
    thinner, decoder = Thinner(), StepDecoder()
    stored = [thinner.take(event) for event in events]
    return [decoder.take(decode_stored(encode(s))) for s in stored if s is not None]


def test_the_first_minutes_read_back_exactly() -> None:
    seen = snapshots(300, SECOND // 4)
    assert read_back(seen) == seen


def test_another_load_begins_with_whole_histograms() -> None:
    seen = snapshots(20, SECOND)
    later = [msgspec.structs.replace(s, at_ns=s.at_ns + 100 * SECOND) for s in snapshots(5, SECOND)]
    assert read_back([*seen, *later]) == [*seen, *later]


def test_later_snapshots_come_once_a_second() -> None:
    seen = snapshots(40, SECOND // 4)
    first = LiveSnapshot(at_ns=-FULL_NS, phase="warmup")
    assert len(read_back([first, *seen])) == 1 + 10


def test_a_change_of_phase_is_always_written() -> None:
    done = LiveSnapshot(at_ns=1, phase="done")
    assert read_back([LiveSnapshot(at_ns=0, phase="measured"), done])[-1] == done


def test_unchanged_slots_are_written_once() -> None:
    thinner = Thinner()
    slots = (SlotReading(id=0, n_ctx=2048, is_processing=False),)
    events = [SlotsRead(at_ns=n * SECOND, slots=slots) for n in range(5)]
    assert [thinner.take(e) for e in events] == [events[0], None, None, None, None]


def test_further_servers_are_written_each_when_it_changes_and_later_not_often() -> None:
    def read(at_s: float, server: int, busy: int) -> FleetRead:
        return FleetRead(at_ns=int(at_s * SECOND), server=server, state="read", busy=busy, slots=4)

    thinner = Thinner()
    first = [read(0, 1, 0), read(0, 2, 0), read(1, 1, 0), read(1, 2, 3), read(1.5, 1, 0), read(1.5, 2, 4)]
    assert [thinner.take(event) is not None for event in first] == [True, True, False, True, False, True]
    late = FULL_NS / SECOND + 10
    later = [read(late, 1, 1), read(late + 1, 1, 2), read(late + 1, 2, 1), read(late + 2.5, 1, 2)]
    assert [thinner.take(event) is not None for event in later] == [True, False, True, True]


def test_notices_are_never_thinned() -> None:
    thinner = Thinner()
    notices = [Noticed(at_ns=2 * FULL_NS + n, level="info", text="x") for n in range(50)]
    assert [thinner.take(n) for n in notices] == notices


def test_an_hour_stays_under_20_megabytes() -> None:
    thinner = Thinner()
    gpu = GpuReading(
        pci="0000:03:00.0", name="RX 7900 XTX", sources={f"field_{n}": "sysfs" for n in range(25)}
    )
    size = 0
    live = iter(snapshots(3600 * 4, SECOND // 4))
    for quarter in range(3600 * 4):
        at_ns = quarter * SECOND // 4
        slots = tuple(SlotReading(id=i, n_ctx=8192, is_processing=True, decoded=quarter) for i in range(16))
        events = (
            next(live),
            SlotsRead(at_ns=at_ns, slots=slots),
            GpuRead(at_ns=at_ns, sample=GpuSample(at_ns=at_ns, gpus=(gpu,))),
            LogRead(at_ns=at_ns, lines=("slot update_slots: id  0 | task 1260 | " + "x" * 80,) * 10),
        )
        size += sum(len(encode(s)) + 1 for e in events if (s := thinner.take(e)) is not None)
    assert size < 20_000_000


def test_sources_of_gpu_figures_are_written_when_they_change_and_read_back_always() -> None:
    def read(at_s: int, *sources: str) -> GpuRead:
        gpus = tuple(
            GpuReading(pci=f"0000:0{n}:00.0", name="card", sources={"vram_used_bytes": source})
            for n, source in enumerate(sources)
        )
        return GpuRead(at_ns=at_s * SECOND, sample=GpuSample(at_ns=at_s * SECOND, gpus=gpus))

    seen = [read(0, "sysfs", "sysfs"), read(1, "sysfs", "pyrsmi"), read(2, "sysfs", "pyrsmi")]
    thinner, decoder = Thinner(), StepDecoder()
    lines = [encode(stored) for event in seen if (stored := thinner.take(event)) is not None]
    assert [line.count(b'"vram_used_bytes":"') for line in lines] == [2, 1, 0]
    assert [decoder.take(decode_stored(line)) for line in lines] == seen
