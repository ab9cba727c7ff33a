"""Where a process's limits stand: both versions, nested, from inside a container and from outside."""

from __future__ import annotations

import pytest

from rocmtui.core.host.cgroup import (
    counters,
    cpu_count,
    group_paths,
    groups_of,
    hierarchies,
    limit_bytes,
    quota_v1,
    quota_v2,
)

HYBRID = """\
33 25 0:28 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid - cgroup cgroup rw,cpu,cpuacct
34 25 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
35 25 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
36 25 0:31 / /tmp rw - tmpfs tmpfs rw
"""
V2 = "29 22 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
V2_PART = "29 22 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n"


def test_version_2_from_inside_to_outside() -> None:
    paths = group_paths("0::/user.slice/a b.scope\n")
    groups = groups_of("cpu", paths, hierarchies(V2))
    assert groups.version_2
    assert groups.folders == (
        "/sys/fs/cgroup/user.slice/a b.scope",
        "/sys/fs/cgroup/user.slice",
        "/sys/fs/cgroup",
    )


def test_a_container_that_sees_itself_as_the_top() -> None:
    assert groups_of("memory", group_paths("0::/\n"), hierarchies(V2)).folders == ("/sys/fs/cgroup",)


def test_a_container_that_sees_its_own_part_of_the_hosts_tree() -> None:
    inside = groups_of("memory", group_paths("0::/docker/abc/child\n"), hierarchies(V2_PART))
    assert inside.folders == ("/sys/fs/cgroup/child", "/sys/fs/cgroup")
    outside = groups_of("memory", group_paths("0::/docker/other\n"), hierarchies(V2_PART))
    assert outside.folders == ("/sys/fs/cgroup",)


def test_version_1_has_a_tree_a_controller_and_wins_over_an_empty_version_2() -> None:
    paths = group_paths("4:memory:/lxc/x\n1:cpu,cpuacct:/lxc\n0::/init\n")
    trees = hierarchies(HYBRID)
    assert groups_of("cpu", paths, trees).folders == (
        "/sys/fs/cgroup/cpu,cpuacct/lxc",
        "/sys/fs/cgroup/cpu,cpuacct",
    )
    assert groups_of("memory", paths, trees).folders[0] == "/sys/fs/cgroup/memory/lxc/x"
    assert groups_of("cpuset", paths, trees).version_2
    assert not groups_of("cpu", paths, trees).version_2


def test_nothing_is_mounted() -> None:
    assert groups_of("cpu", group_paths("0::/x\n"), ()).folders == ()
    assert groups_of("cpu", {}, hierarchies(V2)).folders == ()


@pytest.mark.parametrize(
    ("text", "cores"), [("max 100000\n", None), ("150000 100000", 1.5), ("", None), ("5 0", None)]
)
def test_quota(text: str, cores: float | None) -> None:
    assert quota_v2(text) == cores


def test_numbers_that_stand_for_no_limit() -> None:
    assert quota_v1("-1\n", "100000\n") is None
    assert quota_v1("50000\n", "100000\n") == 0.5
    assert limit_bytes("9223372036854771712\n") is None
    assert limit_bytes("max") is None
    assert limit_bytes("272629760\n") == 260 << 20


def test_counters_and_cpus() -> None:
    assert counters("nr_periods 41\nnr_throttled 38\nbroken\nx y\n") == {"nr_periods": 41, "nr_throttled": 38}
    assert cpu_count("0-3,8\n") == 5
    assert cpu_count("\n") is None
