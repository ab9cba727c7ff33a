"""Reading headers from disk: real models, and things that are no file."""

import os
from pathlib import Path

import pytest

from rocmtui.adapters.models.gguf_file import read_gguf
from rocmtui.core.gguf.header import GgufError


def test_tiny_model_matches_the_package_that_wrote_it(tiny_model: Path) -> None:
    from gguf import GGUFReader

    info, reference = read_gguf(tiny_model), GGUFReader(tiny_model)
    assert info.metadata.keys() == {key for key in reference.fields if not key.startswith("GGUF.")}
    assert [tensor.name for tensor in info.tensors] == [tensor.name for tensor in reference.tensors]
    assert [tensor.size_bytes for tensor in info.tensors] == [t.n_bytes for t in reference.tensors]
    assert info.data_offset == reference.data_offset


def test_demo_model(demo_model: Path) -> None:
    info = read_gguf(demo_model)
    assert info.text("general.architecture") == "gemma3"
    assert info.length("tokenizer.ggml.tokens") == 262_144
    assert sum(tensor.size_bytes for tensor in info.tensors) == 246_587_904


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("missing", "No such file"),
        ("folder", "no regular file"),
        ("pipe", "no regular file"),
        ("empty", "is empty"),
        ("loop", "symbolic links"),
    ],
)
def test_what_is_no_file_is_said_at_once(tmp_path: Path, kind: str, words: str) -> None:
    path = tmp_path / "model.gguf"
    match kind:
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "empty":
            path.touch()
        case "loop":
            path.symlink_to(path)
    with pytest.raises(GgufError) as caught:
        read_gguf(path)
    assert words in caught.value.message
