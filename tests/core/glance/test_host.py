"""The host in a few figures."""

from __future__ import annotations

import pytest

from rocmtui.core.glance.host import amount, memory_of, memory_words
from rocmtui.core.host.sample import HostSample, Limits, MachineLoad, ServerLoad

MIB = 1 << 20


@pytest.mark.parametrize(
    ("limit_mib", "words", "weights"),
    [(260, "213/260 MiB limit", "62"), (4096, "0.2/4.0 GiB limit", "0.1"), (None, "19.1/64.0 GiB", "0.1")],
)
def test_memory_in_the_unit_of_the_whole(limit_mib: int | None, words: str, weights: str) -> None:
    sample = HostSample(
        at_ns=0,
        span_s=0.5,
        server=ServerLoad(weights_resident_bytes=62 * MIB, own_bytes=151 * MIB),
        limits=Limits(memory_limit_bytes=limit_mib and limit_mib * MIB),
        machine=MachineLoad(memory_total_bytes=65536 * MIB, memory_available_bytes=46080 * MIB),
    )
    memory = memory_of(sample)
    assert memory is not None
    assert (memory_words(sample), amount(memory, memory.weights)) == (words, weights)
