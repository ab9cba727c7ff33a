"""What `rocmtui load` prints: summary, definitions, progress."""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
from pathlib import Path

import pytest

from rocmtui.cli.commands.measure import load
from rocmtui.cli.main import main
from rocmtui.cli.output.face import Face
from rocmtui.cli.output.load import load_text
from rocmtui.cli.output.load_progress import Progress
from rocmtui.cli.output.streams import tell
from rocmtui.core.load.scenario import ClosedLoop, PromptPlan, Scenario
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.report.document import Server
from rocmtui.core.report.facts import RunFacts
from rocmtui.core.request.metrics import METRICS
from rocmtui.core.request.record import Phase, RequestRecord
from rocmtui.core.server.state import Diagnosis, ServerState, ServerStatus
from rocmtui.core.session.events import Noticed, ServerChanged
from rocmtui.errors import UsageError
from tests.fakes.made_report import build_report

MS = 1_000_000


def requests(count: int) -> list[RequestRecord]:
    return [
        RequestRecord(
            id=n,
            worker=0,
            phase=Phase.MEASURED,
            sent_ns=n * 100 * MS,
            first_token_ns=(n * 100 + 40) * MS,
            last_token_ns=(n * 100 + 90) * MS,
            done_ns=(n * 100 + 90) * MS,
            output_tokens=6,
        )
        for n in range(count)
    ]


def test_the_answer_comes_first_within_eighty_columns_and_holds_no_escapes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    facts = RunFacts(
        tool_version="1",
        unix_ns=0,
        scenario=Scenario(
            shape=ClosedLoop(concurrency=1),
            prompt=PromptPlan(text="x"),
            slo=("ttft_p95<30ms", "error_rate<1%"),
        ),
        server=Server(model="m\x1b[2J" + "odel" * 40, parallel=4),
    )
    text = load_text(build_report(facts, requests(150)), Face(Terminal()))
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text
    assert text.splitlines()[:6] == [
        "output speed         60.0 tok/s",
        "time to first token  p50 40 ms, p95 40 ms",
        "inter-token latency  p50 10 ms, p95 10 ms",
        "requests             150 of 150 requests completed in 15.0 s",
        "SLO ttft_p95<30ms    missed, 40 ms",
        "SLO error_rate<1%    met, 0 %",
    ]
    rows = [re.split(r"  +", line) for line in text.splitlines()]
    assert ["metric", "unit", "mean", "p50", "p90", "p95", "p99", "max"] in rows
    assert ["time to first token", "ms", *["40"] * 6] in rows
    assert "warning: the run was cut off" in text


def test_definitions_name_every_metric_with_its_formula(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["load", "--explain"]) == 0
    text = capsys.readouterr().out
    for metric in METRICS.values():
        assert f"{metric.tag}: {metric.title} ({metric.unit}" in text
    assert "    (last token − first token) / (output_tokens − 1)" in text


class Terminal(io.StringIO):
    """A terminal of UTF-8."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def live(at_s: float, completed: int = 0, **fields: object) -> LiveSnapshot:
    return LiveSnapshot(
        at_ns=int(at_s * 1e9), phase="measured", completed=completed, planned=10, in_flight=2, **fields
    )


def test_a_terminal_gets_one_line_redrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    progress = Progress(stream)
    progress.emit(live(0))
    progress.emit(live(1, completed=5, output_tps=42.0, failed=1))
    progress.clear()
    first, second = stream.getvalue().split("\r")[1:3]
    assert first == "measured  ░░░░░░░░░░░░░░░░  0/10  – tok/s  ttft –  itl –  2 open\x1b[K"
    assert second.startswith("measured  ██████████░░░░░░  6/10  1 failed  42 tok/s")
    assert stream.getvalue().endswith("\r\x1b[K")


@pytest.mark.parametrize("term", ["dumb", "file"])
def test_elsewhere_a_line_every_five_seconds_without_escapes(
    term: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", term)
    stream = Terminal() if term == "dumb" else io.StringIO()
    progress = Progress(stream)
    for at_s in (0, 1, 4.9, 5, 9, 10):
        progress.emit(live(at_s))
    assert stream.getvalue().count("\n") == 3
    assert "\x1b" not in stream.getvalue()
    assert "\r" not in stream.getvalue()


def test_quiet_still_tells_warnings_and_cleans_them() -> None:
    stream = io.StringIO()
    progress = Progress(stream, quiet=True)
    progress.emit(live(0))
    progress.emit(Noticed(at_ns=0, level="info", text="calm"))
    progress.emit(Noticed(at_ns=0, level="warning", text="spilled \x1b[31m1 GiB"))
    assert stream.getvalue() == "spilled 1 GiB\n"


def test_quiet_still_tells_of_a_server_left_running() -> None:
    stream = io.StringIO()
    progress = Progress(stream, quiet=True)
    progress.emit(Noticed(at_ns=0, level="info", text="http://127.0.0.1:1 runs on", code="kept"))
    progress.emit(Noticed(at_ns=0, level="info", text="4 slots", code="server"))
    assert stream.getvalue() == "http://127.0.0.1:1 runs on\n"


@pytest.mark.parametrize(
    ("before", "told"), [(ServerState.READY, "  > out of memory\n"), (ServerState.STARTING, "")]
)
def test_the_log_lines_of_a_crash_are_told_once(before: ServerState, told: str) -> None:
    """A start that fails is told by the command's error."""
    stream = io.StringIO()
    progress = Progress(stream, quiet=True)
    found = Diagnosis(code="x", cause="it crashed", remedy="", proof=("out of memory",))
    failed = ServerStatus(state=ServerState.FAILED, diagnosis=found)
    for status in (ServerStatus(state=before), failed, failed):
        progress.emit(ServerChanged(at_ns=0, status=status))
    assert stream.getvalue() == told


def test_the_share_of_the_time_fills_the_bar_where_no_count_is_planned() -> None:
    progress = Progress(io.StringIO(), duration_s=10)
    line = progress.line(LiveSnapshot(at_ns=0, phase="measured", elapsed_ns=5 * 10**9, completed=3))
    assert "########........  3 done" in line or "████████░░░░░░░░  3 done" in line


def test_a_reader_that_went_away_is_no_error() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    with open(write_end, "w") as stream:
        tell(stream, "nobody hears\n")
        tell(stream, "nobody minds\n")
    assert not sys.stdout.closed


def test_the_table_is_printed_although_the_json_cannot_be_written(
    capsys: pytest.CaptureFixture[str],
) -> None:
    args = argparse.Namespace(json="/proc/report.json", explain=False, markdown=False)
    report = build_report(RunFacts(tool_version="1", unix_ns=0), requests(3))
    with pytest.raises(UsageError, match="cannot write /proc/") as caught:
        load._print(args, report, Path("run"), set())
    assert caught.value.remedy == "the report is in run"
    assert "3 of 3 requests completed" in capsys.readouterr().out
