"""What servers took is kept from start to start."""

from pathlib import Path

import msgspec
import pytest

from rocmtui.adapters.models import taken_file
from rocmtui.adapters.models.taken_file import keep_taken, read_taken
from rocmtui.core.gpu.memory.taken import Parts, Taken

ONE = Taken(model="m", model_bytes=1, estimated=Parts(total_bytes=10), took=Parts(total_bytes=11))


def test_one_of_each_kind_is_kept_and_what_is_broken_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "data" / "taken.jsonl"
    assert read_taken(path) == ()
    keep_taken(ONE, path)
    other = msgspec.structs.replace(ONE, flags="np=8")
    keep_taken(other, path)
    again = msgspec.structs.replace(ONE, at_unix_s=5)
    keep_taken(again, path)
    assert read_taken(path) == (other, again)
    path.write_bytes(b"\xff\n{}\n" + path.read_bytes())
    assert read_taken(path) == (other, again)
    assert [entry.name for entry in path.parent.iterdir()] == ["taken.jsonl"]


def test_the_oldest_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taken_file, "MOST", 2)
    path = tmp_path / "taken.jsonl"
    for number in range(3):
        keep_taken(msgspec.structs.replace(ONE, model=str(number)), path)
    assert [taken.model for taken in read_taken(path)] == ["1", "2"]
