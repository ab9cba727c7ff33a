"""Traces on disk: read once, sampled, scaled, cut by context; flat in memory and quick."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from rocmtui.adapters.load.trace_file import TraceFile, open_trace
from rocmtui.core.load.traces.figures import arrivals_line, figures_of, headline, left_out_words, reuse_words
from rocmtui.core.load.workload import TracePlan
from rocmtui.errors import UsageError
from tests.core.load.traces.test_formats import WEKA

LINE = '{{"timestamp": {}, "input_length": {}, "output_length": 8, "hash_ids": {}}}\n'


def trace(tmp_path: Path, text: str, **options: object) -> TraceFile:
    file = tmp_path / "t.jsonl"
    file.write_text(text)
    return open_trace(TracePlan(file=str(file), **options), 1)  # type: ignore[arg-type]


def mooncake(count: int) -> str:
    return "".join(LINE.format(1000 + 100 * n, 600 + n, f"[{n // 2}, {1000 + n}]") for n in range(count))


def test_times_begin_at_zero_are_scaled_and_what_was_said_before_is_known(tmp_path: Path) -> None:
    found = trace(tmp_path, mooncake(4), time_scale=0.1)
    turns = [found.session(number).turns[0] for number in range(len(found))]
    assert [turn.request.at_s for turn in turns] == pytest.approx([0, 0.01, 0.02, 0.03])
    assert [turn.reusable_tokens for turn in turns] == [0, 512, 0, 512]
    assert found.survey.rate == pytest.approx(100)


def test_times_may_be_out_of_order_and_a_session_begin_at_its_first(tmp_path: Path) -> None:
    later = LINE.format(3000, 600, "[7]")
    more = '{"session_id": 1, "delay": 250, "input_length": 9, "output_length": 8, "hash_ids": [8]}\n'
    first = '{"session_id": 1, "timestamp": 1000, "input_length": 9, "output_length": 8, "hash_ids": [8]}\n'
    found = trace(tmp_path, "\ufeff" + later + first + more, time_scale=0.5)
    due = [[turn.request.at_s for turn in found.session(n).turns] for n in range(len(found))]
    assert due == [[0.0, None], [1.0]]
    assert found.survey.rate == pytest.approx(2.0)
    assert found.survey.arrivals(2) == [1, 1]
    assert trace(tmp_path, later + more).survey.rate is None


def test_sessions_are_drawn_and_long_contexts_left_out_with_their_shares(tmp_path: Path) -> None:
    found = trace(tmp_path, mooncake(200), sessions=0.5, max_context=700)
    survey = found.survey
    assert 70 < survey.not_drawn.requests < 130
    assert survey.requests + survey.too_long.requests + survey.not_drawn.requests == 200
    assert max(survey.prompts) <= 692
    assert len(found) == survey.requests
    told = left_out_words(survey)
    assert told[0].startswith(f"left out over --max-context: {survey.too_long.requests} of 200 requests (")
    with pytest.raises(UsageError, match="leaves nothing to send"):
        trace(tmp_path, mooncake(3), max_context=10)


def test_lines_of_a_session_are_one_even_far_apart_and_out_of_order(tmp_path: Path) -> None:
    own = '{{"timestamp": {}, "input_length": {}, "output_length": 2{}}}\n'
    session = ', "session_id": "s"'
    lines = (own.format(500, 50, session), own.format(100, 9, ""), own.format(900, 80, session))
    found = trace(tmp_path, "".join(lines))
    assert [len(found.session(number).turns) for number in range(len(found))] == [1, 2]
    assert [turn.reusable_tokens for turn in found.session(1).turns] == [0, 50]


def test_a_bad_line_is_named_by_its_number(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"t\.jsonl, line 4: 0 tokens in"):
        trace(tmp_path, mooncake(2) + "\n" + LINE.format(1, 0, "[]"))
    with pytest.raises(UsageError, match="is empty"):
        trace(tmp_path, "")
    with pytest.raises(UsageError, match="cannot read nosuch"):
        open_trace(TracePlan(file="nosuch"), 1)


@pytest.mark.parametrize("lines", [WEKA.decode(), WEKA.decode().replace("\n", "") + "\n"])
def test_weka_is_one_object_or_one_a_line_or_a_folder(tmp_path: Path, lines: str) -> None:
    found = trace(tmp_path, lines)
    assert (len(found), found.survey.sessions, found.survey.requests) == (1, 2, 4)
    assert found.survey.rate is None
    folder = tmp_path / "many"
    folder.mkdir()
    for name in ("a.json", "b.json"):
        (folder / name).write_bytes(WEKA)
    many = open_trace(TracePlan(file=str(folder), max_context=50), 1)
    assert (len(many), many.first_conversation(1)) == (2, 2)
    assert many.survey.too_long.requests == 2


def test_its_figures_in_words(tmp_path: Path) -> None:
    found = trace(tmp_path, mooncake(4))
    figures = figures_of(found.survey, found.block_tokens)
    assert headline(figures) == "Mooncake: 4 requests in 4 sessions over 0 s, 10.0 a second"
    assert reuse_words(figures).startswith(
        "43 % of the prompt tokens stood in a prompt before (blocks of 512"
    )
    assert arrivals_line(figures).endswith("up to 1 in 0.005 s")
    assert figures.prompt_tokens.below["1,024"] == 4


def test_many_lines_are_quick(tmp_path: Path) -> None:
    text = mooncake(20_000)
    began = time.process_time()
    assert len(trace(tmp_path, text)) == 20_000
    assert time.process_time() - began < 1.0
