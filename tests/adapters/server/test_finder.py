"""What is kept on disk of servers that ended."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rocmtui.adapters.server.finder import MAX_ENDED, keep_ended_log


def test_the_last_lines_of_servers_that_ended_are_kept_the_newest_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    for pid in range(MAX_ENDED + 3):
        kept = keep_ended_log(pid, ("one \udce9", "two"))
        assert kept is not None
        os.utime(kept, (pid, pid))
    assert Path(kept).read_text() == "one ?\ntwo\n"
    left = {path.name for path in Path(kept).parent.iterdir()}
    assert len(left) == MAX_ENDED
    assert "llama-server-0.log" not in left


def test_where_nothing_can_be_written_there_is_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "state").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert keep_ended_log(1, ("a",)) is None
