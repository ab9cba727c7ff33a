"""Limits of both versions of control groups, parents' included."""

from __future__ import annotations

from pathlib import Path

import pytest

from rocmtui.adapters.host.groups import FIND_NS, LimitReader
from rocmtui.adapters.host.own import own_limits
from rocmtui.core.host.sample import Limits
from tests.fakes.host_tree import MIB, HostTree

PID = 100
GROUPS = "sys/fs/cgroup"


@pytest.fixture
def tree(tmp_path: Path) -> HostTree:
    return HostTree(tmp_path)


def limits(tree: HostTree, affinity: int | None = 8) -> LimitReader:
    return LimitReader(PID, str(tree.proc), 16_000_000 * 1024, lambda pid: affinity)


def test_the_least_of_a_group_and_those_around_it_holds(tree: HostTree) -> None:
    tree.process(PID, group="0::/outer/inner\n")
    tree.write(f"{GROUPS}/outer/cpu.max", "150000 100000\n")
    tree.write(f"{GROUPS}/outer/inner/cpu.max", "max 100000\n")
    tree.write(f"{GROUPS}/outer/memory.max", "max\n")
    tree.write(f"{GROUPS}/outer/inner/memory.high", f"{300 * MIB}\n")
    tree.write(f"{GROUPS}/outer/inner/memory.current", f"{290 * MIB}\n")
    tree.write(f"{GROUPS}/outer/memory.events", "low 0\noom_kill 2\n")
    tree.write(f"{GROUPS}/outer/inner/cpuset.cpus.effective", "0-3\n")
    assert limits(tree).read(0) == Limits(
        cores=4,
        quota_cores=1.5,
        memory_limit_bytes=300 * MIB,
        memory_used_bytes=290 * MIB,
        oom_kills=2,
    )


def test_periods_are_counted_between_two_looks(tree: HostTree) -> None:
    tree.process(PID, group="0::/box\n")
    tree.write(f"{GROUPS}/box/cpu.max", "100000 100000\n")
    tree.write(f"{GROUPS}/box/cpu.stat", "usage_usec 5\nnr_periods 1000\nnr_throttled 900\n")
    reader = limits(tree)
    assert reader.read(0).throttled_share is None
    tree.write(
        f"{GROUPS}/box/cpu.stat", "usage_usec 9\nnr_periods 1005\nnr_throttled 904\nthrottled_usec 7\n"
    )
    found = reader.read(500_000_000)
    assert (found.periods, found.throttled_periods, found.throttled_share) == (5, 4, 0.8)
    assert found.throttled_time_share is None
    tree.write(f"{GROUPS}/box/cpu.stat", "nr_periods 1010\nnr_throttled 905\nthrottled_usec 200007\n")
    assert reader.read(1_000_000_000).throttled_time_share == pytest.approx(0.4)


def test_version_1(tree: HostTree) -> None:
    tree.mounted_v1()
    tree.process(PID, group="3:cpuset:/\n2:memory:/box\n1:cpu:/box\n")
    tree.write(f"{GROUPS}/cpu/box/cpu.cfs_quota_us", "100000\n")
    tree.write(f"{GROUPS}/cpu/box/cpu.cfs_period_us", "100000\n")
    tree.write(f"{GROUPS}/cpu/cpu.cfs_quota_us", "-1\n")
    tree.write(f"{GROUPS}/cpu/box/cpu.stat", "nr_periods 1\nnr_throttled 1\nthrottled_time 5\n")
    tree.write(f"{GROUPS}/memory/box/memory.limit_in_bytes", f"{260 * MIB}\n")
    tree.write(f"{GROUPS}/memory/box/memory.usage_in_bytes", f"{259 * MIB}\n")
    tree.write(f"{GROUPS}/memory/memory.limit_in_bytes", "9223372036854771712\n")
    tree.write(f"{GROUPS}/memory/box/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n")
    tree.write(f"{GROUPS}/cpuset/cpuset.effective_cpus", "0-1\n")
    assert limits(tree, affinity=1).read(0) == Limits(
        cores=1,
        quota_cores=1.0,
        memory_limit_bytes=260 * MIB,
        memory_used_bytes=259 * MIB,
        oom_kills=1,
    )


def test_a_limit_beyond_the_machine_is_none(tree: HostTree) -> None:
    tree.process(PID, group="0::/box\n")
    tree.write(f"{GROUPS}/box/memory.max", f"{64 << 30}\n")
    assert limits(tree).read(0).memory_limit_bytes is None


def test_nothing_can_be_read(tree: HostTree) -> None:
    assert limits(tree, affinity=None).read(0) == Limits()


def test_a_limit_raised_later_is_seen(tree: HostTree) -> None:
    tree.process(PID, group="0::/box\n")
    tree.write(f"{GROUPS}/box/cpu.max", "100000 100000\n")
    reader = limits(tree)
    assert reader.read(0).whole_cores == 1
    tree.write(f"{GROUPS}/box/cpu.max", "765000 100000\n")
    assert reader.read(FIND_NS).whole_cores == 7


def test_what_this_process_may_use() -> None:
    assert own_limits().cores
