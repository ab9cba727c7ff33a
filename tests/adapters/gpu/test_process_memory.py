"""Who holds the cards' memory, read from a pretend /proc and KFD."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from rocmtui.adapters.gpu import process_memory as gpu_process_memory
from rocmtui.adapters.gpu.cards import Card
from rocmtui.adapters.gpu.process_memory import SCAN_NS, ProcessMemory
from rocmtui.core.gpu.kfd import KfdNode
from rocmtui.core.gpu.reading import GpuReading, MemoryUser

PCI = "0000:03:00.0"
MIB = 1 << 20
NODE = KfdNode(node=1, gpu_id=41000, gfx="gfx1100", domain=0, location_id=0x300)
CARD = Card(
    pci=PCI,
    name="Card",
    name_source="",
    device="",
    card="card0",
    render_node=None,
    uuid=None,
    driver="amdgpu",
    nodes=(NODE,),
)


class Proc:
    """A pretend /proc and /sys."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "proc" / "self" / "ns").mkdir(parents=True)
        (root / "proc" / "self" / "ns" / "pid").touch()
        self.memory = ProcessMemory(str(root / "proc"), str(root / "sys"))

    def process(self, pid: int, name: str, *children: int) -> None:
        folder = self.root / "proc" / str(pid)
        (folder / "fd").mkdir(parents=True)
        (folder / "fdinfo").mkdir()
        (folder / "comm").write_text(name + "\n")
        (folder / "task" / str(pid)).mkdir(parents=True)
        (folder / "task" / str(pid) / "children").write_text(" ".join(map(str, children)))

    def open(self, pid: int, fd: int, client: int, vram_mib: int, gtt_mib: int = 0, evicted: int = 0) -> None:
        folder = self.root / "proc" / str(pid)
        (folder / "fd" / str(fd)).symlink_to("/dev/dri/renderD128")
        (folder / "fdinfo" / str(fd)).write_text(
            f"drm-driver:\tamdgpu\ndrm-client-id:\t{client}\ndrm-pdev:\t{PCI}\n"
            f"drm-memory-vram:\t{vram_mib} MiB\ndrm-memory-gtt:\t{gtt_mib} MiB\n"
            f"amd-evicted-vram:\t{evicted} MiB\n"
        )

    def kfd(self, pid: int, vram: int) -> None:
        file = self.root / "sys/class/kfd/kfd/proc" / str(pid) / "vram_41000"
        file.parent.mkdir(parents=True)
        file.write_text(f"{vram}\n")

    def users(self, server: int | None = None, now_ns: int = 0) -> dict[int, MemoryUser]:
        return {user.pid: user for user in self.memory.read(server, (CARD,), now_ns)}


@pytest.fixture
def proc(tmp_path: Path) -> Proc:
    return Proc(tmp_path)


def test_each_client_counts_once(proc: Proc) -> None:
    proc.process(70, "llama-server")
    proc.open(70, 5, client=9, vram_mib=900, gtt_mib=40)
    proc.open(70, 6, client=9, vram_mib=900, gtt_mib=40)
    proc.open(70, 7, client=10, vram_mib=100)
    assert proc.users(70)[70] == MemoryUser(
        pci=PCI,
        pid=70,
        name="llama-server",
        vram_bytes=1000 * MIB,
        gtt_bytes=40 * MIB,
        evicted_bytes=0,
        is_server=True,
    )


def test_descendants_belong_to_the_server(proc: Proc) -> None:
    proc.process(70, "router", 71)
    proc.process(71, "llama-server", 72)
    proc.process(72, "worker")
    proc.process(90, "firefox")
    for pid, client in ((71, 1), (72, 2), (90, 3)):
        proc.open(pid, 5, client, vram_mib=50)
    assert {pid: user.is_server for pid, user in proc.users(70).items()} == {71: True, 72: True, 90: False}


def test_client_shared_with_another_process_is_the_servers(proc: Proc) -> None:
    proc.process(7, "launcher")
    proc.process(70, "llama-server")
    proc.open(7, 5, client=9, vram_mib=900)
    proc.open(70, 5, client=9, vram_mib=900)
    assert list(proc.users(70)) == [70]


def test_largest_come_first_and_dust_is_left_out(proc: Proc) -> None:
    for pid, vram_mib in ((1, 10), (2, 300), (3, 0)):
        proc.process(pid, f"p{pid}")
        proc.open(pid, 5, client=pid, vram_mib=vram_mib)
    assert list(proc.users()) == [2, 1]


def test_new_processes_are_found_at_the_next_scan(proc: Proc) -> None:
    assert proc.users() == {}
    proc.process(70, "game")
    proc.open(70, 5, client=9, vram_mib=900)
    assert proc.users(now_ns=SCAN_NS - 1) == {}
    assert list(proc.users(now_ns=SCAN_NS)) == [70]


def test_kfd_counts_where_fdinfo_has_less(proc: Proc, monkeypatch: pytest.MonkeyPatch) -> None:
    inode = (proc.root / "proc/self/ns/pid").stat().st_ino
    monkeypatch.setattr(gpu_process_memory, "INITIAL_PID_NAMESPACE", inode)
    proc.process(70, "llama-server")
    proc.open(70, 5, client=9, vram_mib=30)
    proc.kfd(70, 20_000 * MIB)
    assert proc.users(70)[70].vram_bytes == 20_000 * MIB


def test_kfd_of_another_pid_namespace_is_left_alone(proc: Proc) -> None:
    proc.process(70, "llama-server")
    proc.open(70, 5, client=9, vram_mib=30)
    proc.kfd(70, 20_000 * MIB)
    assert proc.users(70)[70].vram_bytes == 30 * MIB


def test_process_that_ended_is_gone(proc: Proc) -> None:
    assert proc.users(server=4711) == {}


def test_server_without_a_graphics_descriptor_holds_nothing(proc: Proc) -> None:
    proc.process(70, "llama-server")
    (proc.root / "proc/70/fd/0").symlink_to("/dev/null")
    user = proc.users(70)[70]
    assert (user.vram_bytes, user.gtt_bytes, user.is_server) == (0, 0, True)


def test_server_whose_descriptors_may_not_be_read_is_unknown(proc: Proc) -> None:
    proc.process(70, "llama-server")
    assert proc.users(70) == {}


def test_name_with_escapes_is_not_shown(proc: Proc) -> None:
    proc.process(70, "\x1b[31mred")
    proc.open(70, 5, client=9, vram_mib=30)
    assert proc.users()[70].name == "?"


def test_rocms_figure_of_an_apu_is_the_gtt_that_fdinfo_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proc = Proc(tmp_path)
    inode = (tmp_path / "proc/self/ns/pid").stat().st_ino
    monkeypatch.setattr(gpu_process_memory, "INITIAL_PID_NAMESPACE", inode)
    proc.process(7, "llama-server")
    proc.open(7, 3, client=1, vram_mib=10, gtt_mib=2000)
    proc.kfd(7, 2100 * MIB)
    apu = GpuReading(pci=PCI, name="Card", pool="gtt", vram_used_bytes=512 * MIB, gtt_used_bytes=2050 * MIB)
    (user,) = proc.memory.read(7, (CARD,), 0, (apu,))
    assert (user.vram_bytes, user.gtt_bytes) == (10 * MIB, 2050 * MIB)
    card = GpuReading(pci=PCI, name="Card", vram_used_bytes=4000 * MIB, gtt_used_bytes=4000 * MIB)
    (user,) = proc.memory.read(7, (CARD,), 0, (card,))
    assert (user.vram_bytes, user.gtt_bytes) == (2100 * MIB, 2000 * MIB)


def test_a_partition_names_no_card_in_its_descriptors(tmp_path: Path) -> None:
    proc = Proc(tmp_path)
    proc.process(7, "llama-server")
    for fd, node in ((3, "renderD129"), (4, "renderD130")):
        folder = tmp_path / "proc/7"
        (folder / "fd" / str(fd)).symlink_to(f"/dev/dri/{node}")
        told = "drm-driver:\tamdgpu\ndrm-client-id:\t5\ndrm-memory-vram:\t1000 MiB\n"
        (folder / "fdinfo" / str(fd)).write_text(told)
    parts = [msgspec.structs.replace(NODE, location_id=0x300 + n, render_minor=129 + n) for n in range(2)]
    card = msgspec.structs.replace(CARD, nodes=tuple(parts))
    (user,) = proc.memory.read(7, (card,), 0)
    assert (user.pci, user.vram_bytes) == (PCI, 2000 * MIB)
    assert proc.memory.read(7, (CARD,), 0) == ()
