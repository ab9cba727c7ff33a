"""Model files are told apart by size, header and samples."""

from __future__ import annotations

from pathlib import Path

from rocmtui.adapters.models.fingerprint import HEAD_BYTES, model_hash


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_the_hash_follows_content_not_name(tmp_path: Path) -> None:
    a, b = written(tmp_path / "a", b"GGUF" * 100), written(tmp_path / "b", b"GGUF" * 100)
    c = written(tmp_path / "c", b"GGUF" * 99 + b"GGUX")
    assert model_hash(a) == model_hash(b)
    assert model_hash(a) != model_hash(c)


def test_weights_beyond_the_header_count(tmp_path: Path) -> None:
    body = bytes(HEAD_BYTES + 3_000_000)
    a, b = written(tmp_path / "a", body), written(tmp_path / "b", body[:-3_000_000] + b"\1" * 3_000_000)
    longer = written(tmp_path / "c", body + b"\0")
    assert len({model_hash(a), model_hash(b), model_hash(longer)}) == 3


def test_a_file_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert model_hash(tmp_path / "nosuch") is None
