"""Each row of the table of causes: when it is told, and the untidy case in which it would be wrong."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import pytest

from rocmtui.core.host.causes import said
from rocmtui.core.host.sample import (
    Cause,
    HostSample,
    HostSummary,
    Limits,
    MachineLoad,
    Pressure,
    Program,
    ServerLoad,
)
from rocmtui.core.host.tally import HostTally

MIB = 1 << 20
HEALTHY = HostSample(
    at_ns=0,
    span_s=0.5,
    server=ServerLoad(
        threads=12,
        working_threads=2,
        cores_used=1.9,
        wait_share=0.04,
        busiest_share=0.95,
        weights_bytes=253 * MIB,
        weights_resident_bytes=253 * MIB,
        own_bytes=134 * MIB,
        swap_bytes=0,
        major_faults_per_s=0.0,
        disk_read_bytes_per_s=0.0,
    ),
    limits=Limits(cores=2),
    machine=MachineLoad(
        cores=2, busy_cores=1.95, other_cores=0.05, memory_available_bytes=9 << 30, pressure=Pressure(cpu=0.2)
    ),
)


def sample(**changes: dict[str, object]) -> HostSample:
    """A healthy one, with fields of its parts changed."""
    parts = {name: msgspec.structs.replace(getattr(HEALTHY, name), **new) for name, new in changes.items()}
    return msgspec.structs.replace(HEALTHY, **parts)


def summary(samples: Iterable[HostSample], card_busy: float | None = None) -> HostSummary:
    tally = HostTally()
    for number, each in enumerate(samples):
        tally.add(msgspec.structs.replace(each, at_ns=number * 500_000_000), each.span_s, card_busy)
    found = tally.summary()
    assert found is not None
    return found


def causes(*samples: HostSample, card_busy: float | None = None) -> tuple[Cause, ...]:
    return summary(samples * 10, card_busy).causes


THRASHES = sample(
    server={
        "weights_resident_bytes": 77 * MIB,
        "major_faults_per_s": 95.0,
        "disk_read_bytes_per_s": 1.0e9,
        "wait_share": 0.01,
        "cores_used": 0.4,
    },
    limits={"memory_limit_bytes": 260 * MIB},
    machine={"pressure": Pressure(memory_full=0.23)},
)
THROTTLED = sample(
    server={"working_threads": 8, "wait_share": 0.8},
    limits={"quota_cores": 1.0, "periods": 5, "throttled_periods": 4},
)
CROWDED = sample(server={"working_threads": 8, "wait_share": 0.67})
BESIDE = sample(
    server={"wait_share": 0.67},
    machine={
        "busy_cores": 2.0,
        "other_cores": 1.3,
        "programs": (Program(name="python\x1b[2J", cores=1.25), Program(name="cc1plus", cores=0.1)),
    },
)
FEEDING = sample(server={"cores_used": 1.02, "working_threads": 1, "busiest_share": 0.99})


def test_nothing_is_said_of_a_healthy_server() -> None:
    assert causes(HEALTHY) == ()
    assert causes(sample(server={"cores_used": 1.0, "busiest_share": 0.99}), card_busy=0.97) == ()


@pytest.mark.parametrize(
    ("seen", "code", "words", "remedy"),
    [
        (
            THRASHES,
            "reread",
            "1 GB/s; 77 of 253 MiB of the weights are in memory; the limit of its container is 260 MiB",
            "387 MiB",
        ),
        (
            THROTTLED,
            "throttled",
            "quota of 1 was used up in 40 of 50 periods, with 8 threads",
            "-t 1 and -tb 1",
        ),
        (CROWDED, "threads", "8 threads work on 2 cores: they waited for one 67 %", "-t 2 and -tb 2"),
        (BESIDE, "others", "kept 1.3 of 2 cores busy (python 1.2, cc1plus 0.1)", "nice"),
        (
            sample(server={"working_threads": 4, "wait_share": 0.7}, limits={"cores": 1}),
            "threads",
            "4 threads of the server share the 1 core of 2 it may run on",
            "taskset",
        ),
        (
            sample(server={"swap_bytes": 900 * MIB, "major_faults_per_s": 300.0}),
            "swapped",
            "900 MiB of the server's 1.0 GiB are swapped out",
            "--mlock",
        ),
        (
            sample(machine={"stolen_share": 0.3}),
            "stolen",
            "had 30 % of this virtual machine's processors' time (steal)",
            "fewer threads",
        ),
        (
            sample(machine={"pressure": Pressure(memory_full=0.4)}),
            "stalled",
            "stood still for it 40 %",
            "free",
        ),
    ],
)
def test_a_row_says_what_was_seen_and_what_to_do(
    seen: HostSample, code: str, words: str, remedy: str
) -> None:
    (cause,) = causes(seen)
    assert cause.code == code
    assert words in cause.text
    assert remedy in said(cause)
    assert cause.share == 1.0


@pytest.mark.parametrize(
    ("built", "words", "remedy"),
    [
        ({"physical_cores": 8}, "24 threads work on 8 cores with SMT siblings (16 processors)", "-t 8 "),
        ({"physical_cores": 12, "fast_cores": 4}, "on 4 cores that are fast (16 processors)", "-t 4 "),
        ({"physical_cores": 16}, "24 threads work on 16 cores:", "-t 16 "),
    ],
)
def test_siblings_and_efficiency_cores_are_no_room_for_more_threads(
    built: dict[str, object], words: str, remedy: str
) -> None:
    busy = {"cores": 16, "busy_cores": 16.0, **built}
    crowd = sample(server={"working_threads": 24, "wait_share": 0.3}, limits={"cores": 16}, machine=busy)
    (cause,) = causes(crowd)
    assert words in cause.text
    assert remedy in cause.remedy


def test_one_thread_without_a_pause_beside_an_idle_card_feeds_it_too_slowly() -> None:
    (cause,) = causes(FEEDING, card_busy=0.35)
    assert cause.code == "feeds"
    assert "busy 35 %" in cause.text
    assert causes(FEEDING) == ()  # no card: one thread that runs is what -t 1 asks for
    assert causes(FEEDING, card_busy=0.9) == ()


def test_what_is_read_once_is_no_fault() -> None:
    """The first requests after a load without warm-up bring in what was not in memory yet."""
    cold = sample(server={"weights_resident_bytes": 3 * MIB})
    filling = sample(server={"major_faults_per_s": 200.0, "disk_read_bytes_per_s": 250e6})
    tally = HostTally()
    tally.add(cold, 0.0)
    for each in (filling, filling, HEALTHY, HEALTHY):
        tally.add(each, 0.5)
    found = tally.summary()
    assert found is not None
    assert found.disk_read_bytes == 250_000_000
    assert found.causes == ()


def test_reads_that_are_no_faults_are_other_files() -> None:
    assert causes(sample(server={"disk_read_bytes_per_s": 1e9})) == ()


def test_a_server_of_another_user_tells_its_faults_but_not_its_reads() -> None:
    hidden = msgspec.structs.replace(THRASHES.server, disk_read_bytes_per_s=None)
    (cause,) = causes(msgspec.structs.replace(THRASHES, server=hidden))
    assert cause.code == "reread"
    assert "GB/s" not in cause.text


def test_waiting_is_not_others_fault_while_a_core_is_free() -> None:
    free = sample(server={"wait_share": 0.3}, machine={"cores": 16, "busy_cores": 4.0, "other_cores": 2.0})
    assert causes(free) == ()


def test_a_throttled_server_is_not_told_of_waiting_besides() -> None:
    """Throttled threads wait too; the quota is why."""
    assert [cause.code for cause in causes(THROTTLED)] == ["throttled"]


def test_a_quota_that_ends_with_its_period_costs_nothing() -> None:
    limits = {"quota_cores": 1.0, "periods": 5, "throttled_periods": 2}
    assert causes(sample(limits={**limits, "throttled_time_share": 0.004})) == ()
    (cause,) = causes(sample(server={"working_threads": 1}, limits={**limits, "throttled_time_share": 0.3}))
    assert "with 1 thread at work" in cause.text


def test_waits_that_come_to_little_in_all_are_no_cause() -> None:
    for waits in (CROWDED, BESIDE):
        still = msgspec.structs.replace(waits.server, wait_share=0.01)
        calm = msgspec.structs.replace(waits, server=still)
        assert summary([*[calm] * 17, *[waits] * 3]).causes == ()
        (cause,) = summary([*[calm] * 14, *[waits] * 6]).causes
        assert cause.share == pytest.approx(0.3)


def test_a_moment_is_not_worth_a_word() -> None:
    assert summary([*[HEALTHY] * 19, THROTTLED]).causes == ()
    (cause,) = summary([*[HEALTHY] * 6, *[THROTTLED] * 2]).causes
    assert cause.share == pytest.approx(0.25)


def test_what_is_not_known_is_no_cause() -> None:
    unknown = HostSample(at_ns=0, span_s=0.5, server=ServerLoad(), machine=MachineLoad())
    assert causes(unknown) == ()
    assert causes(msgspec.structs.replace(unknown, server=None)) == ()


def test_only_measured_time_counts() -> None:
    tally = HostTally()
    tally.add(THROTTLED, 0.0)
    assert tally.summary() is None
    tally.add(HEALTHY, 0.5)
    found = tally.summary()
    assert found is not None
    assert (found.seconds, found.samples, found.periods) == (0.5, 1, None)
    assert found.wait_share == pytest.approx(0.04)
