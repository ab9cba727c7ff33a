"""What is interrupted before it began leaves what was asked for all the same."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from rocmtui.cli.commands.measure import load
from rocmtui.cli.interrupts import hold
from rocmtui.cli.main import main
from rocmtui.core.load.prompts import seed_of, with_nonce
from rocmtui.core.load.scenario import ClosedLoop, PromptPlan, Scenario
from rocmtui.errors import Interrupted


@pytest.mark.parametrize("end", [KeyboardInterrupt(), Interrupted("interrupted before the load began")])
def test_the_report_says_so(end: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(*_: object) -> int:
        raise end

    monkeypatch.setattr(load, "_load", cut)
    target = tmp_path / "report.json"
    assert main(["load", "--url", "http://127.0.0.1:9", "--prompt", "x", "--json", str(target)]) == 130
    assert json.loads(target.read_text())["ended"] == "interrupted"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    "command",
    [
        "load --url http://127.0.0.1:9 --prompt x",
        "sweep --url http://127.0.0.1:9",
        "bench -m nosuch.gguf",
        "demo --headless",
    ],
)
def test_a_signal_during_the_imports_waits_for_their_end(
    command: str, number: signal.Signals, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "report.json"
    hold()
    os.kill(os.getpid(), number)
    assert main([*command.split(), "--json", str(target)]) == 130
    assert json.loads(target.read_text())["ended"] == "interrupted"
    assert "Traceback" not in capsys.readouterr().err


def test_each_run_draws_its_own_prompts_unless_it_is_told_which() -> None:
    plain = Scenario(shape=ClosedLoop(concurrency=1), prompt=PromptPlan(text="x"))
    first, second = with_nonce(plain, "a"), with_nonce(plain, "b")
    assert len({seed_of(plain), seed_of(first), seed_of(second)}) == 3
    assert with_nonce(first, "c") == first
    bare = Scenario(shape=ClosedLoop(concurrency=1), prompt=PromptPlan(text="x", nonce=False))
    assert with_nonce(bare, "a") == bare
