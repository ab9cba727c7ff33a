from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.server.state import LaunchPlan, ServerState, ServerStatus
from rocmtui.core.server.words import what_a_load_lacks
from rocmtui.core.session.launch import BinaryFound, MemoryFit, ModelChoice, cpu_only, fit_verdict
from rocmtui.core.session.launch_words import changes, ctx_hint, ctx_of, parse_extra
from rocmtui.errors import UsageError

GIB = 1 << 30
FIT = MemoryFit(
    device="GPU0",
    total_bytes=24 * GIB,
    weights_bytes=16 * GIB,
    kv_per_slot_bytes=GIB,
    slots=4,
    compute_bytes=GIB // 2,
    other_bytes=GIB // 2,
    max_slots=7,
)
MODEL = ModelChoice(path="/m.gguf", name="m", ctx_train=2048)


def test_the_parts_add_up():
    assert FIT.needed_bytes == 20 * GIB + GIB // 2
    assert FIT.free_bytes == 3 * GIB
    assert FIT.fits


@pytest.mark.parametrize(
    ("slots", "most", "words"),
    [
        (4, 7, "7 slots fit, 8 do not"),
        (8, 7, "7 slots fit, 8 do not"),
        (20, 7, "7 slots fit at most, 20 do not"),
        (1, 1, "1 slot fits, 2 do not"),
        (9, 1, "1 slot fits at most, 9 do not"),
        (4, 0, "not even one slot fits"),
        (4, 300, "all 256 slots fit"),
        (4, None, "fits"),
        (40, None, "does not fit"),
    ],
)
def test_the_verdict(slots: int, most: int | None, words: str):
    assert fit_verdict(msgspec.structs.replace(FIT, slots=slots, max_slots=most)) == words


def test_the_default_context_is_the_models_if_less():
    assert ctx_of(LaunchPlan(model="/m.gguf"), None) == 4096
    assert ctx_of(LaunchPlan(model="/m.gguf"), MODEL) == 2048
    assert ctx_of(LaunchPlan(model="/m.gguf", ctx_per_slot=512), MODEL) == 512


def test_the_context_hint():
    assert ctx_hint(LaunchPlan(model="/m.gguf", ctx_per_slot=1024, parallel=4), MODEL) == "×4 = 4,096"
    assert (
        ctx_hint(LaunchPlan(model="/m.gguf", ctx_per_slot=4096), MODEL) == "over the 2,048 it was trained on"
    )


def test_extra_flags_split_as_a_shell_would():
    assert parse_extra("-ub 512 --chat-template 'a b'") == ("-ub", "512", "--chat-template", "a b")
    with pytest.raises(UsageError, match="no closing quotation"):
        parse_extra("--x 'open")


def test_changes_name_the_value_before():
    before = LaunchPlan(model="/m.gguf", parallel=4, extra_args=("-ub", "512"))
    after = msgspec.structs.replace(before, parallel=8, ctx_per_slot=1024, extra_args=())
    assert changes(before, after) == {"parallel": "4", "ctx_per_slot": "default", "extra_args": "-ub 512"}


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (ServerStatus(state=ServerState.READY, url="http://127.0.0.1:1"), ""),
        (ServerStatus(), "start a model, or attach to a server"),
        (ServerStatus(state=ServerState.STARTING), "wait until it is done"),
        (ServerStatus(state=ServerState.FAILED, attached=True), "start it again where it runs, or attach"),
    ],
)
def test_what_a_load_lacks_is_said_to_the_one_who_can_mend_it(status: ServerStatus, remedy: str) -> None:
    lack, said = what_a_load_lacks(status)
    assert bool(lack) == bool(remedy)
    assert said.startswith(remedy)


def test_tick_count_and_question_keep_the_same_margin() -> None:
    tight = replace(FIT, margin_bytes=FIT.free_bytes)
    assert tight.fits
    short = replace(FIT, margin_bytes=FIT.free_bytes + 1)
    assert not short.fits
    assert short.lack_bytes == 1


def test_a_card_that_the_binary_cannot_use_is_told_and_a_wanted_cpu_is_not() -> None:
    card = GpuReading(pci="0000:03:00.0", name="Radeon RX 7900 XTX")
    cpu, rocm = BinaryFound(path="/x", backend="CPU"), BinaryFound(path="/x", backend="ROCm")
    plan = LaunchPlan(model="/m")
    assert "Radeon RX 7900 XTX" in cpu_only(cpu, (card,), plan)
    for binary, gpus, asked in (
        (rocm, (card,), plan),
        (cpu, (), plan),
        (None, (card,), plan),
        (cpu, (card,), LaunchPlan(model="/m", gpu="none")),
        (cpu, (card,), LaunchPlan(model="/m", gpu_layers="0")),
        (BinaryFound(path="/x", backend=None), (card,), plan),
    ):
        assert cpu_only(binary, gpus, asked) == ""
