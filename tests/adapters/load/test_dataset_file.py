"""A data set is read through once and then by the line; what cannot be read twice is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rocmtui.adapters.load.dataset_file import DatasetFile, open_dataset
from rocmtui.adapters.load.prompt_files import PromptFiles
from rocmtui.errors import UsageError


def test_every_line_is_found_long_ones_and_those_after_empty_ones_too(tmp_path: Path) -> None:
    file = tmp_path / "d.jsonl"
    texts = ["one", "x" * 3_000_000, "three", "last"]
    file.write_text("\n\n".join(f'{{"prompt": "{text}"}}' for text in texts))
    found = DatasetFile(str(file), "completion")
    assert [found[index].text for index in (3, 0, 2, 1)] == ["last", "one", "three", texts[1]]
    assert len(found) == 4


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    file = tmp_path / "d.jsonl"
    file.write_text('{"prompt": "a"}\n\n{"prompt": 5}\n')
    with pytest.raises(UsageError, match="line 3"):
        DatasetFile(str(file), "chat")
    file.write_text("\n")
    with pytest.raises(UsageError, match="holds no prompt"):
        DatasetFile(str(file), "chat")


def test_it_is_read_once_while_it_does_not_change(tmp_path: Path) -> None:
    file = tmp_path / "d.jsonl"
    file.write_text('{"prompt": "a"}\n')
    first = open_dataset(str(file), "chat")
    assert open_dataset(str(file), "chat") is first
    file.write_text('{"prompt": "b"}\n{"prompt": "c"}\n')
    assert len(open_dataset(str(file), "chat")) == 2


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for read in (PromptFiles().text, lambda path: PromptFiles().dataset(path, "chat")):
        with pytest.raises(UsageError, match="is a pipe or a device"):
            read(str(pipe))


def test_a_file_is_told_by_what_it_holds_and_a_folder_by_its_files(tmp_path: Path) -> None:
    one, other = tmp_path / "a" / "d.json", tmp_path / "b" / "other.json"
    for file, text in ((one, "[1]"), (other, "[1]")):
        file.parent.mkdir()
        file.write_text(text)
    known = PromptFiles().content_hash
    assert known(str(one)) == known(str(other))
    assert known(str(one.parent)) == known(str(other.parent))
    other.write_text("[2]")
    assert known(str(one)) != known(str(other))
    assert known(str(one.parent)) != known(str(other.parent))


def test_a_json_array_is_read_as_lines_are(tmp_path: Path) -> None:
    file = tmp_path / "d.json"
    file.write_text('\n [{"prompt": "a"},\n {"prompt": "b"}]')
    assert [prompt.text for prompt in DatasetFile(str(file), "completion")] == ["a", "b"]
    file.write_text('[{"prompt": "a"}, {"prompt": 5}]')
    with pytest.raises(UsageError, match="element 2"):
        DatasetFile(str(file), "chat")
    file.write_text("[1, 2")
    with pytest.raises(UsageError, match="is not JSON"):
        DatasetFile(str(file), "chat")


def test_entries_with_times_are_conversations_due_at_them(tmp_path: Path) -> None:
    file = tmp_path / "d.jsonl"
    line = '{{"prompt": "{}", "timestamp": {}, "session_id": {}}}\n'
    file.write_text(line.format("b", 3000, 1) + line.format("a", 1000, 2) + line.format("c", 4500, 1))
    found = DatasetFile(str(file), "chat")
    assert found.rate == pytest.approx(2 / 3.5)
    for scale in (1.0, 0.1):
        due = [[turn.at_s for turn in talk.turns] for talk in found.at_their_times(scale)]
        assert due == [[0.0], pytest.approx([2.0 * scale, 3.5 * scale])]
    file.write_text('{"prompt": "a"}\n{"prompt": "b", "timestamp": 5}\n')
    some = DatasetFile(str(file), "chat")
    assert (some.timed, some.rate) == (True, None)
    then = '{"prompt": "b", "session_id": 1, "delay": 50}\n'
    file.write_text('\ufeff{"prompt": "a", "session_id": 1, "timestamp": 5}\n' + then)
    started = DatasetFile(str(file), "chat")
    assert started.rate is not None
    (talk,) = started.at_their_times()
    assert [(turn.at_s, turn.think_s) for turn in talk.turns] == [(0.0, None), (None, 0.05)]


def test_conversations_are_found_and_read_when_needed(tmp_path: Path) -> None:
    file = tmp_path / "d.jsonl"
    file.write_text('{"prompt": "a", "session_id": 1}\n{"prompt": "b"}\n{"prompt": "c", "session_id": 1}\n')
    talks = DatasetFile(str(file), "chat").conversations
    assert talks is not None
    assert [[turn.messages[0].content for turn in talk.turns] for talk in talks] == [["a", "c"], ["b"]]
    file.write_text('{"prompt": "a"}\n{"prompt": "b"}\n')
    assert DatasetFile(str(file), "chat").conversations is None
