"""A run in one file: packed, redacted, and read back from any length of it."""

import gzip
import random
import tarfile
import tracemalloc
from pathlib import Path

import pytest

from rocmtui.adapters.runs.folder import RunFolder
from rocmtui.adapters.runs.pack import MAX_FILE_BYTES, open_run, pack_run
from rocmtui.core.load.said import Requests
from rocmtui.core.load.scenario import ClosedLoop, PromptPlan, Scenario
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.request.record import Phase, RequestRecord
from rocmtui.core.server.state import ServerStatus
from rocmtui.core.session.events import Event, LogRead, Noticed, ServerChanged, encode
from rocmtui.errors import RunFolderError
from tests.fakes.manual_clock import ManualClock

SECRET = "the plan nobody may read"


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    clock = ManualClock()
    scenario = Scenario(shape=ClosedLoop(concurrency=2), prompt=PromptPlan(text=SECRET))
    folder = RunFolder.create(tmp_path / "runs", "demo", scenario, clock=clock)
    for number in range(40):
        snapshot = LiveSnapshot(at_ns=number * 250_000_000, phase="measured", completed=number)
        snapshot.ttft.add(50.0 + number)
        folder.emit(snapshot)
    record = RequestRecord(id=1, worker=0, phase=Phase.MEASURED, done_ns=5)
    folder.emit(Requests(at_ns=5, records=(record,)))
    folder.emit(LogRead(at_ns=6, lines=("loading /home/maria/models/m.gguf",)))
    folder.finish()
    return folder.path


def events(path: Path) -> list[Event]:
    with open_run(path) as run:
        return list(run.events())


def test_a_packed_run_reads_like_its_folder(run_dir: Path, tmp_path: Path) -> None:
    packed = tmp_path / "run.rocmrun"
    pack_run(run_dir, packed)
    assert events(packed) == events(run_dir)


def test_packing_twice_gives_the_same_bytes(run_dir: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    pack_run(run_dir, one)
    pack_run(run_dir, other)
    assert one.read_bytes() == other.read_bytes()


def test_a_redacted_run_replays_and_tells_nothing(run_dir: Path, tmp_path: Path) -> None:
    packed = tmp_path / "run.rocmrun"
    pack_run(run_dir, packed, redact=True)
    with open_run(packed) as run:
        everything = b"".join(file.read_bytes() for file in run.path.iterdir())
        assert len([e for e in run.events() if isinstance(e, LiveSnapshot)]) == 40
    assert SECRET.encode() not in everything
    assert b"maria" not in everything


def test_a_redacted_run_tells_no_host_of_its_server(run_dir: Path, tmp_path: Path) -> None:
    told = ServerChanged(at_ns=9, status=ServerStatus(url="http://10.1.2.3:8080"))
    noticed = Noticed(at_ns=1, level="info", text="the server listens at 10.1.2.3")
    with (run_dir / "events.jsonl").open("ab") as file:
        file.writelines(encode(event) + b"\n" for event in (noticed, told))
    packed = tmp_path / "run.rocmrun"
    pack_run(run_dir, packed, redact=True)
    with open_run(packed) as run:
        assert b"10.1.2.3" not in b"".join(file.read_bytes() for file in run.path.iterdir())


def events_or_message(path: Path) -> list[Event] | str:
    try:
        return events(path)
    except RunFolderError as error:
        return error.message


def test_a_pack_cut_anywhere_reads_up_to_there_or_says_one_line(run_dir: Path, tmp_path: Path) -> None:
    packed, cut = tmp_path / "run.rocmrun", tmp_path / "cut.rocmrun"
    pack_run(run_dir, packed)
    whole, data = events(packed), packed.read_bytes()
    for length in range(0, len(data), 97):
        cut.write_bytes(data[:length])
        found = events_or_message(cut)
        if isinstance(found, str):
            assert "\n" not in found
        else:
            assert all(event in whole for event in found)


def test_a_damaged_pack_reads_in_part_or_says_one_line(run_dir: Path, tmp_path: Path) -> None:
    packed, damaged = tmp_path / "run.rocmrun", tmp_path / "damaged.rocmrun"
    pack_run(run_dir, packed)
    rng, data = random.Random(7), packed.read_bytes()
    plain = gzip.decompress(data)
    for _ in range(150):
        damaged.write_bytes(spoilt(data, rng))
        assert "\n" not in str(events_or_message(damaged)[:1])
        damaged.write_bytes(gzip.compress(spoilt(plain, rng), 1))
        assert "\n" not in str(events_or_message(damaged)[:1])


def spoilt(data: bytes, rng: random.Random) -> bytes:
    """With a few bytes changed, among them such as no UTF-8 has."""
    spoilt = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        spoilt[rng.randrange(len(data))] = rng.choice((0xFF, rng.randrange(256)))
    return bytes(spoilt)


def tar_of(path: Path, *entries: tuple[tarfile.TarInfo, bytes]) -> None:
    with gzip.open(path, "wb", 1) as packed:
        for entry, data in entries:
            packed.write(entry.tobuf(tarfile.USTAR_FORMAT))
            packed.write(data + bytes(-len(data) % tarfile.BLOCKSIZE))
        packed.write(bytes(2 * tarfile.BLOCKSIZE))


def entry(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE, linkname: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = size, kind, linkname
    return info


@pytest.mark.parametrize("target", ["nothing", "events.jsonl", "/etc/passwd"])
@pytest.mark.parametrize("kind", [tarfile.LNKTYPE, tarfile.SYMTYPE])
def test_links_in_a_pack_are_not_followed(tmp_path: Path, kind: bytes, target: str) -> None:
    packed = tmp_path / "links.rocmrun"
    tar_of(packed, (entry("events.jsonl", kind=kind, linkname=target), b""))
    with pytest.raises(RunFolderError, match="holds no run"):
        events(packed)


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_of_many_bytes_takes_no_memory(tmp_path: Path, kind: bytes) -> None:
    packed, size, line = tmp_path / "bomb.rocmrun", 32 << 20, encode(LogRead(at_ns=6, lines=("a",)))
    tar_of(packed, (entry("x", size, kind), bytes(size)), (entry("events.jsonl", len(line)), line))
    tracemalloc.start()
    try:
        assert events(packed) == [LogRead(at_ns=6, lines=("a",))]
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


def test_a_pack_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    packed = tmp_path / "big.rocmrun"
    tar_of(packed, (entry("events.jsonl", MAX_FILE_BYTES + 1), b""))
    with pytest.raises(RunFolderError, match="unpacks to more than 2 GiB"):
        events(packed)


def test_a_file_that_is_no_pack_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("hello")
    with pytest.raises(RunFolderError, match="is no packed run"):
        events(other)
