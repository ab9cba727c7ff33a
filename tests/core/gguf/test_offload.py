"""Which part of a model goes to the card."""

from __future__ import annotations

import pytest

from rocmtui.core.gguf.info import ModelMemory
from rocmtui.core.gguf.kv_shape import KvShape
from rocmtui.core.gguf.offload import on_card

MODEL = ModelMemory(
    weights_bytes=1100,
    host_weights_bytes=50,
    kv=KvShape(full_k=100, full_v=100),
    n_layers=10,
    layers_bytes=1000,
    experts_bytes=600,
)


@pytest.mark.parametrize(
    ("layers", "words", "weights"),
    [
        (None, (), 1100),
        ("all", (), 1100),
        ("99", (), 1100),
        ("11", (), 1100),
        ("10", (), 1000),
        ("4", (), 400),
        ("0", (), 0),
        (None, ("--n-cpu-moe", "3"), 1100 - 3 * 60),
        (None, ("-ncmoe=3",), 1100 - 3 * 60),
        (None, ("--cpu-moe",), 500),
        ("4", ("--n-cpu-moe", "7"), 400 - 60),
        (None, ("-ot", "exps=CPU"), 500),
        (None, ("-ot", r"blk\.[0-4]\.ffn_up_exps=CPU"), 1100 - 100),
        (None, ("-ot", "exps=ROCm1"), 1100),
        (None, ("-ot", "([=CPU"), 1100),
    ],
)
def test_what_is_not_on_the_card_is_the_hosts(
    layers: str | None, words: tuple[str, ...], weights: int
) -> None:
    placed = on_card(MODEL, layers, words)
    assert placed.weights_bytes == weights
    assert placed.weights_bytes + placed.host_weights_bytes == 1150


def test_the_cache_goes_with_its_layers() -> None:
    assert on_card(MODEL, "4").kv.full_k == 40
    assert on_card(MODEL, "10").kv.full_k == 100


def test_a_file_that_does_not_say_its_layers_goes_as_a_whole() -> None:
    bare = ModelMemory(weights_bytes=1100)
    assert on_card(bare, "4", ("--cpu-moe",)) is bare
