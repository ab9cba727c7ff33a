"""SIGKILL: the container's limit, the machine's memory, somebody, or nobody knows."""

from __future__ import annotations

from rocmtui.core.host.memory_kill import MemoryKill
from rocmtui.core.server.diagnosis.explain import diagnose, is_repeatable


def test_the_limit_of_a_container() -> None:
    found = diagnose(
        -9, ["load_tensors: loading"], during_start=True, memory=MemoryKill("container", 330 << 20)
    )
    assert found.cause == "the kernel killed it for memory: the limit of its container, 330 MiB, was reached"
    assert "kill -9" not in found.remedy
    assert found.proof == ("load_tensors: loading",)
    assert is_repeatable(found)


def test_a_machine_that_ran_out_may_have_room_next_time() -> None:
    found = diagnose(137, [], during_start=False, memory=MemoryKill(by="machine"))
    assert "the machine ran out of it" in found.cause
    assert not is_repeatable(found)


def test_no_rise_is_somebody() -> None:
    found = diagnose(-9, [], during_start=False, memory=MemoryKill())
    assert "not for memory" in found.cause
    assert "kill -9" in found.remedy


def test_not_known_stays_open() -> None:
    assert "when memory ran out" in diagnose(-9, [], during_start=False).remedy


def test_other_ends_are_their_own() -> None:
    assert diagnose(-11, [], during_start=False, memory=MemoryKill("machine")).code == "segmentation_fault"
