"""A model over several devices: shares, and the device that limits."""

import pytest

from rocmtui.core.gguf.fit import fit_model
from rocmtui.core.gguf.info import ModelInfo, ModelMemory
from rocmtui.core.gguf.kv_shape import KvShape
from rocmtui.core.gguf.split import DeviceRoom, Split, read_split, share_out
from rocmtui.core.gguf.vram_estimate import MARGIN_BYTES, estimate, ubatch_of

GIB = 1 << 30
MEMORY = ModelMemory(weights_bytes=30 * GIB, kv=KvShape(full_k=1024, full_v=1024), n_ctx_train=8192)
MODEL = ModelInfo(path="m", name="m", architecture="llama", file_bytes=1, n_params=1, memory=MEMORY)


@pytest.mark.parametrize(
    ("words", "split"),
    [
        ((), Split()),
        (("-sm", "none", "-mg", "1"), Split(mode="none", main_gpu=1)),
        (("--tensor-split=3,1", "-c", "1"), Split(parts=(3.0, 1.0))),
        (("-ts", "3/1", "-ts", "1,1"), Split(parts=(1.0, 1.0))),
        (("-ts", "a,b", "-mg", "9" * 5000), Split()),
        (("-ts",), Split()),
    ],
)
def test_options_are_read_as_llama_server_reads_them(words: tuple[str, ...], split: Split) -> None:
    assert read_split(words) == split


def test_shares_follow_the_option_else_what_is_free() -> None:
    free = [("a", 30), ("b", 10)]
    assert [room.share for room in share_out(free, Split())] == [0.75, 0.25]
    assert [room.share for room in share_out(free, Split(parts=(1, 1)))] == [0.5, 0.5]
    assert [room.name for room in share_out(free, Split(parts=(0, 1)))] == ["b"]
    assert [room.name for room in share_out(free, Split(mode="none", main_gpu=1))] == ["b"]
    assert [room.share for room in share_out([("a", 0), ("b", 0)], Split())] == [0.5, 0.5]


def test_the_card_with_the_least_left_limits() -> None:
    rooms = (
        DeviceRoom(name="GPU 0", free_bytes=24 * GIB, share=0.5),
        DeviceRoom(name="GPU 1", free_bytes=16 * GIB, share=0.5),
    )
    need = estimate(MEMORY, 1, 4096)
    assert need.on(rooms[0]) == (need.weights_bytes + need.kv_bytes) // 2 + need.compute_bytes
    assert need.tightest(rooms).name == "GPU 1"
    fit = fit_model(MODEL, rooms)
    assert (fit.fits, fit.limited_by) == (need.on(rooms[1]) + MARGIN_BYTES <= 16 * GIB, "GPU 1")
    assert not fit_model(MODEL, 40 * GIB - 10 * GIB).fits
    assert fit_model(MODEL, 40 * GIB).limited_by is None


def test_a_larger_micro_batch_takes_more() -> None:
    assert (ubatch_of(("-ub", "2048")), ubatch_of(()), ubatch_of(("-ub", "9" * 5000))) == (2048, 512, 512)
