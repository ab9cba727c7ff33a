"""The host read from a pretend /proc: rates between two looks, what is hidden, what ends, who is busy."""

from __future__ import annotations

from pathlib import Path

import pytest

from rocmtui.adapters.host import programs
from rocmtui.adapters.host.reader import HostReader
from rocmtui.core.host.sample import HostSample, Pressure
from tests.fakes.host_tree import MIB, HostTree

SERVER, OURS = 100, 50
SECOND_NS = 1_000_000_000


@pytest.fixture
def tree(tmp_path: Path) -> HostTree:
    tree = HostTree(tmp_path)
    tree.process(OURS, name="rocmtui", start=400)
    return tree


def reader(tree: HostTree, pid: int | None = SERVER) -> HostReader:
    made = HostReader(str(tree.proc), str(tree.sys), OURS)
    made.watch_server(pid)
    return made


def two_looks(tree: HostTree, after: dict[str, object], seconds: float = 1.0) -> HostSample:
    tree.process(SERVER)
    host = reader(tree)
    first = host.read(0)
    assert first.span_s == 0
    assert first.server is not None
    assert first.server.cores_used is None
    tree.process(SERVER, **after)  # type: ignore[arg-type]
    tree.pass_time(seconds, 2.0)
    return host.read(round(seconds * SECOND_NS))


def test_rates_are_between_two_looks(tree: HostTree) -> None:
    used = {"cpu_s": 1.5, "faults": 90, "read_bytes": 10**9, "file_mib": 77, "swap_mib": 3}
    found = two_looks(tree, used, seconds=0.5)
    server = found.server
    assert server is not None
    assert server.cores_used == pytest.approx(3.0)
    assert server.major_faults_per_s == 180
    assert server.disk_read_bytes_per_s == 2e9
    assert (server.own_bytes, server.swap_bytes) == (100 * MIB, 3 * MIB)
    assert found.machine.busy_cores == pytest.approx(2.0)
    assert found.machine.memory_available_bytes == 9_000_000 * 1024


def test_what_the_host_of_a_virtual_machine_takes_is_no_other_program_s(tree: HostTree) -> None:
    tree.process(SERVER)
    host = reader(tree)
    host.read(0)
    tree.process(SERVER, cpu_s=1.0)
    tree.pass_time(1.0, 1.0, stolen_cores=0.8)
    machine = host.read(SECOND_NS).machine
    assert (machine.busy_cores, machine.other_cores) == (pytest.approx(1.0), pytest.approx(0.0))
    assert machine.stolen_share == pytest.approx(0.4)


def test_waiting_is_that_of_the_threads_that_work(tree: HostTree) -> None:
    tree.process(SERVER, threads={100: (0, 0), 101: (0, 0), 102: (0, 0), 103: (0, 0)})
    host = reader(tree)
    host.read(0)
    tree.process(SERVER, threads={100: (0.01, 0.04), 101: (0.4, 0.6), 102: (0.6, 0.4), 103: (0, 0)})
    server = host.read(SECOND_NS).server
    assert server is not None
    assert (server.threads, server.working_threads) == (4, 2)
    assert server.wait_share == pytest.approx(0.5)
    assert server.busiest_share == pytest.approx(0.6)
    assert [(each.ran, each.waited) for each in server.busiest_threads] == [
        (0.6, 0.4),
        (0.4, 0.6),
        (0.01, 0.04),
    ]


def test_a_wait_that_began_before_the_look_makes_no_thread_busier_than_the_whole_time(tree: HostTree) -> None:
    tree.process(SERVER, threads={100: (0, 0)})
    host = reader(tree)
    host.read(0)
    tree.process(SERVER, threads={100: (0.31, 0.71)})
    server = host.read(SECOND_NS).server
    assert server is not None
    assert [(each.ran, each.waited) for each in server.busiest_threads] == [(0.31, 0.69)]


def test_a_server_that_rests_waits_for_nobody(tree: HostTree) -> None:
    server = two_looks(tree, {"threads": {SERVER: (0.001, 0.001)}}).server
    assert server is not None
    assert (server.working_threads, server.wait_share) == (0, None)


def test_a_kernel_without_schedstat(tree: HostTree) -> None:
    tree.process(SERVER, threads={})
    host = reader(tree)
    host.read(0)
    tree.process(SERVER, threads={}, cpu_s=1)
    server = host.read(SECOND_NS).server
    assert server is not None
    assert (server.cores_used, server.working_threads, server.wait_share) == (1.0, None, None)


def test_another_users_process_hides_what_it_reads(tree: HostTree) -> None:
    tree.process(SERVER, read_bytes=None)
    host = reader(tree)
    host.read(0)
    server = host.read(SECOND_NS).server
    assert server is not None
    assert server.disk_read_bytes_per_s is None
    assert server.major_faults_per_s == 0


def test_weights_are_large_mapped_files_that_are_no_libraries(tree: HostTree) -> None:
    tree.process(SERVER, file_mib=77)
    tree.maps(
        SERVER,
        "10000000-18000000 /models/a.gguf",
        "18000000-20000000 /models/a.gguf",
        "30000000-40000000 /opt/rocm/lib/libhipblaslt.so.0",
        "50000000-50001000 /models/small.gguf",
    )
    server = reader(tree).read(0).server
    assert server is not None
    assert server.weights_bytes == 256 * MIB
    assert server.weights_resident_bytes == 77 * MIB


def test_children_count_and_one_that_ends_does_not(tree: HostTree) -> None:
    tree.process(SERVER, children="101 ", file_mib=0)
    tree.process(101, start=600)
    host = reader(tree)
    server = host.read(0).server
    assert server is not None
    assert server.processes == 2
    tree.process(SERVER, cpu_s=0.5, children="101 ", file_mib=0)
    tree.ends(101)
    server = host.read(SECOND_NS).server
    assert server is not None
    assert (server.processes, server.cores_used) == (1, 0.5)


def test_a_server_that_has_ended(tree: HostTree) -> None:
    tree.process(SERVER)
    host = reader(tree)
    host.read(0)
    tree.ends(SERVER)
    found = host.read(SECOND_NS)
    assert (found.server, found.limits) == (None, None)
    assert found.machine.memory_total_bytes is not None


def test_a_number_given_to_another_process_is_another_server(tree: HostTree) -> None:
    tree.process(SERVER)
    host = reader(tree)
    host.read(0)
    tree.process(SERVER, start=501, cpu_s=900)
    assert [host.read(look * SECOND_NS).server for look in (1, 2)] == [None, None]


def test_without_a_server_the_machine_is_read(tree: HostTree) -> None:
    host = reader(tree, None)
    host.read(0)
    tree.pass_time(1, 1.0)
    found = host.read(SECOND_NS)
    assert found.server is None
    assert found.machine.busy_cores == pytest.approx(1.0)


def test_pressure_is_a_share_of_the_time_since(tree: HostTree) -> None:
    host = reader(tree, None)
    host.read(0)
    tree.pressure(cpu_s=0.5, memory_s=0.3, memory_full_s=0.2)
    assert host.read(2 * SECOND_NS).machine.pressure == Pressure(
        cpu=0.25, memory=0.15, memory_full=0.1, io=0.0, io_full=0.0
    )


def test_hidden_pressure_is_not_known(tree: HostTree) -> None:
    for file in (tree.proc / "pressure").iterdir():
        file.unlink()
    host = reader(tree, None)
    host.read(0)
    assert host.read(SECOND_NS).machine.pressure == Pressure()


def test_others_are_named_while_they_are_busy_and_we_are_none_of_them(tree: HostTree) -> None:
    tree.process(SERVER)
    tree.process(200, name="cc1plus", cpu_s=5, start=90_000)
    tree.process(201, name="cc1plus", cpu_s=5, start=90_000)
    tree.process(202, name="idle", cpu_s=1, start=100)
    host = reader(tree)
    host.read(0)
    tree.process(SERVER, cpu_s=0.5)
    tree.process(OURS, name="rocmtui", cpu_s=0.3, start=400)
    tree.pass_time(1, 2.0)
    machine = host.read(SECOND_NS).machine
    assert machine.other_cores == pytest.approx(1.2)
    tree.process(200, name="cc1plus", cpu_s=5.5, start=90_000)
    tree.process(201, name="cc1plus", cpu_s=5.6, start=90_000)
    tree.pass_time(1, 2.0)
    (program,) = host.read(2 * SECOND_NS).machine.programs
    assert program.name == "cc1plus"
    assert program.cores == pytest.approx(1.1)
    tree.pass_time(1, 0.1)
    assert host.read(3 * SECOND_NS).machine.programs == ()


def test_thousands_of_processes_are_read_a_few_at_a_time(
    tree: HostTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(programs, "read_stat", lambda files, proc, pid: asked.append(pid))
    for pid in range(1000, 1000 + 3 * programs.A_LOOK):
        (tree.proc / str(pid)).mkdir()
    look = programs.Programs(str(tree.proc))
    for number in range(3):
        look.look(number * SECOND_NS, 1000.0, frozenset())
    assert len(asked) == len(set(asked)) == 3 * programs.A_LOOK


def test_clocks_and_profiles_are_read_where_there_are_any(tree: HostTree) -> None:
    bare = reader(tree, None).read(0).machine
    assert (bare.clock_hz, bare.governor, bare.on_battery) == (None, None, None)
    for number, clock in enumerate((1_200_000, 1_400_000)):
        tree.write(f"sys/devices/system/cpu/cpu{number}/cpufreq/scaling_cur_freq", f"{clock}\n")
    tree.write("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n")
    tree.write("sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", "4700000\n")
    tree.write("sys/firmware/acpi/platform_profile", "low-power\n")
    tree.write("sys/class/power_supply/AC/type", "Mains\n")
    tree.write("sys/class/power_supply/AC/online", "0\n")
    machine = reader(tree, None).read(0).machine
    assert (machine.clock_hz, machine.clock_max_hz) == (1_300_000_000, 4_700_000_000)
    assert (machine.governor, machine.profile, machine.on_battery) == ("powersave", "low-power", True)


def test_siblings_efficiency_cores_and_nodes_are_told_apart(tree: HostTree) -> None:
    bare = reader(tree, None).read(0).machine
    assert (bare.physical_cores, bare.fast_cores, bare.numa_nodes) == (None, None, None)
    cpu = "sys/devices/system/cpu"
    for number, siblings in enumerate(("0-1", "0-1", "2-3", "2-3", "4", "5")):
        tree.write(f"{cpu}/cpu{number}/topology/thread_siblings_list", f"{siblings}\n")
    for number, cpus in enumerate(("0-3", "4-5", "")):
        tree.write(f"sys/devices/system/node/node{number}/cpulist", f"{cpus}\n")
    tree.write("proc/sys/kernel/numa_balancing", "1\n")
    tree.write("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n")
    alike = reader(tree, None).read(0).machine
    assert (alike.physical_cores, alike.fast_cores, alike.numa_nodes) == (4, None, 2)
    assert (alike.numa_balancing, alike.huge_pages) == (True, "madvise")
    tree.write("sys/devices/cpu_atom/cpus", "4-5\n")
    assert reader(tree, None).read(0).machine.fast_cores == 2


def test_efficiency_cores_by_their_capacity(tree: HostTree) -> None:
    for number, capacity in enumerate((1024, 1000, 446, 446)):
        tree.write(f"sys/devices/system/cpu/cpu{number}/topology/thread_siblings_list", f"{number}\n")
        tree.write(f"sys/devices/system/cpu/cpu{number}/cpu_capacity", f"{capacity}\n")
    machine = reader(tree, None).read(0).machine
    assert (machine.physical_cores, machine.fast_cores) == (4, 2)


def test_the_machine_itself_is_read() -> None:
    host = HostReader()
    host.watch_server(1)
    host.read(0)
    found = host.read(SECOND_NS)
    assert found.machine.cores
    assert found.server is not None


def test_of_many_threads_those_that_rest_are_read_now_and_then(tree: HostTree) -> None:
    """One that begins to work is seen a few looks later, never with the work of looks it was not read in."""
    idle: dict[int, tuple[float, float]] = dict.fromkeys(range(100, 140), (1.0, 0.0))
    tree.process(SERVER, threads=idle)
    host = reader(tree)
    for look in range(3):
        host.read(look * SECOND_NS)
    seen = []
    for look in range(3, 16):
        tree.process(SERVER, threads=idle | {130: (1.0 + 0.8 * (look - 2), 0.2 * (look - 2))})
        server = host.read(look * SECOND_NS).server
        assert server is not None
        seen.append((server.working_threads, server.busiest_share))
    assert seen[-1] == (1, pytest.approx(0.8))
    assert {share for _, share in seen} <= {0.0, 0.8}
