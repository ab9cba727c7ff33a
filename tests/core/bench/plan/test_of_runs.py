"""Two single runs as a bench that tells them apart."""

from __future__ import annotations

import msgspec
import pytest

from rocmtui.core.bench.plan.cells import starts
from rocmtui.core.bench.plan.of_runs import bench_of_two
from rocmtui.core.server.state import LaunchPlan
from rocmtui.errors import UsageError

A = LaunchPlan(model="/m.gguf", parallel=2, flash_attn="off", port=8080, extra_args=("-t", "1"))
replace = msgspec.structs.replace


def test_each_side_is_a_variant_with_its_own_binary_and_flags() -> None:
    b = replace(
        A, flash_attn="on", cache_type_k="q8_0", server_bin="/new/llama-server", port=None, extra_args=()
    )
    plan = bench_of_two(A, b)
    assert (plan.models, plan.parallel, plan.rounds) == (("/m.gguf",), (2,), 3)
    launched = {s.setup.variant.label: plan.launch_for(s.setup) for s in starts(plan)}
    assert launched["A"] == replace(A, port=None)
    assert launched["B"] == b


@pytest.mark.parametrize(
    ("b", "said"),
    [
        (None, "the server of B was attached to"),
        (replace(A, port=9), "both were started alike"),
        (replace(A, parallel=4, flash_attn="on"), "A and B differ in parallel"),
        (replace(A, model="/other.gguf"), "A and B differ in model"),
    ],
)
def test_what_no_bench_can_tell_apart_is_said(b: LaunchPlan | None, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        bench_of_two(A, b)
