"""An estimate against what was taken: by part and card, for the same model, flags and build."""

from __future__ import annotations

import msgspec
import pytest

from rocmtui.core.gguf.info import ModelMemory
from rocmtui.core.gguf.kv_shape import KvShape
from rocmtui.core.gguf.split import DeviceRoom
from rocmtui.core.gpu.memory.need import flags_of, plan_need
from rocmtui.core.gpu.memory.taken import (
    Parts,
    Taken,
    closest,
    estimated_parts,
    learned_words,
    taken_words,
    told_parts,
    without,
)
from rocmtui.core.server.state import DeviceMemory, LaunchPlan

GIB = 1 << 30
TAKEN = Taken(
    model="m.gguf",
    model_bytes=18 * GIB,
    build="b1",
    backend="ROCm",
    flags="np=4",
    estimated=Parts(weights_bytes=18 * GIB, kv_bytes=2 * GIB, compute_bytes=GIB, total_bytes=21 * GIB),
    took=Parts(weights_bytes=18 * GIB, kv_bytes=2 * GIB, compute_bytes=GIB, total_bytes=int(21.6 * GIB)),
    cards={"0000:03:00.0": 11 * GIB, "0000:0a:00.0": int(10.6 * GIB)},
)


def test_the_words_name_total_error_parts_and_cards() -> None:
    assert taken_words(TAKEN) == (
        "estimated 21.0, took 21.6 GiB (+2.9 %): weights 18.0 → 18.0, KV 2.0 → 2.0, compute 1.0 → 1.0; "
        "by card 0000:03:00.0 11.0, 0000:0a:00.0 10.6"
    )
    assert taken_words(msgspec.structs.replace(TAKEN, cards={})).endswith("; in system memory")
    assert learned_words(TAKEN) == "last time +2.9 %, counted in"


def test_the_newest_of_the_same_model_flags_and_build_is_used() -> None:
    older = msgspec.structs.replace(TAKEN, at_unix_s=1)
    newer = msgspec.structs.replace(TAKEN, at_unix_s=2, flags="np=8")
    other_build = msgspec.structs.replace(TAKEN, at_unix_s=3, build="b2")
    known = [older, newer, other_build]
    model = (TAKEN.model, TAKEN.model_bytes)
    assert closest(known, *model, "b1", "ROCm", "np=4") is older
    assert closest(known, *model, "b1", None, "np=2") is newer
    assert closest(known, *model, None, None, "") is other_build
    assert closest(known, *model, "b9", "ROCm", "np=4") is None
    assert closest(known, "m.gguf", 7, "b1", "ROCm", "np=4") is None


def test_what_an_estimate_lacked_is_taken_off_each_card_by_its_share() -> None:
    rooms = (DeviceRoom(free_bytes=100, share=0.75), DeviceRoom(free_bytes=50, share=0.25))
    assert [room.free_bytes for room in without(rooms, 40)] == [70, 40]


def test_an_estimate_by_layers_and_cards() -> None:
    memory = ModelMemory(
        weights_bytes=1000, host_weights_bytes=100, kv=KvShape(full_k=1, full_v=1), n_vocab=8
    )
    need = plan_need(memory, LaunchPlan(model="m", parallel=1, ctx_per_slot=256))
    half = estimated_parts(need, 10, 20, 2)
    assert (half.weights_bytes, half.kv_bytes) == (500, need.kv_bytes // 2)
    assert half.compute_bytes == 2 * need.compute_bytes
    on_cpu = estimated_parts(need, 0, 20, 0)
    assert on_cpu.weights_bytes == 1100
    log = [
        DeviceMemory(device="ROCm0", weights_bytes=5, kv_bytes=2),
        DeviceMemory(device="CPU", weights_bytes=3),
    ]
    assert told_parts(log, on_cpu=False).total_bytes == 7
    assert told_parts(log, on_cpu=True).total_bytes == 10


def test_flags_tell_plans_apart() -> None:
    plan = LaunchPlan(model="m", parallel=2, cache_type_k="q8_0", extra_args=("-ub", "1024"))
    assert flags_of(plan) == "np=2 ctk=q8_0 -ub 1024"


@pytest.mark.parametrize(
    ("took_gib", "learns"), [(670, False), (42, True), (43, False), (10.6, True), (9, False)]
)
def test_an_absurd_difference_is_said_but_teaches_nothing(took_gib: float, learns: bool) -> None:
    took = msgspec.structs.replace(TAKEN.took, total_bytes=int(took_gib * GIB))
    odd = msgspec.structs.replace(TAKEN, took=took)
    assert odd.is_plausible is learns
    assert ("too far off" in taken_words(odd)) is not learns
    assert (closest([odd], TAKEN.model, TAKEN.model_bytes, "b1", "ROCm", "np=4") is odd) is learns
    nothing = msgspec.structs.replace(TAKEN, estimated=Parts())
    assert not nothing.is_plausible
