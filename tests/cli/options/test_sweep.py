"""The options of `rocmtui sweep` and the plans they make."""

from __future__ import annotations

from pathlib import Path

import pytest

from rocmtui.cli.main import main
from rocmtui.cli.options.sweep import sweep_plan_from
from rocmtui.cli.parser import parse
from rocmtui.core.load.scenario import ClosedLoop, OpenLoop
from rocmtui.core.sweep.plan import SweepGoal
from rocmtui.core.sweep.report import SweepPlan
from rocmtui.errors import UsageError


def plan_of(*words: str) -> SweepPlan:
    return sweep_plan_from(parse("sweep", words))


@pytest.mark.parametrize(
    ("words", "goal"),
    [
        ((), SweepGoal(axis="concurrency", limit=64)),
        (("--concurrency", "auto", "--limit", "8"), SweepGoal(axis="concurrency", limit=8)),
        (("--concurrency", "4,1"), SweepGoal(axis="concurrency", loads=(4, 1), limit=64)),
        (("--rate", "auto"), SweepGoal(axis="rate", first=0.5, limit=100)),
        (("--rate", "0.5,2"), SweepGoal(axis="rate", loads=(0.5, 2), limit=100)),
        (("--parallel", "auto"), SweepGoal(axis="parallel", limit=64)),
        (("-np", "1,2"), SweepGoal(axis="parallel", loads=(1, 2), limit=64)),
        (("-np", "8"), SweepGoal(axis="concurrency", limit=64)),
    ],
)
def test_what_is_varied(words: tuple[str, ...], goal: SweepGoal) -> None:
    assert plan_of("-m", "a.gguf", *words).goal == goal


def test_the_server_and_the_load_are_as_given() -> None:
    plan = plan_of(
        "-m", "a.gguf", "-np", "8", "--rate", "auto", "-fa", "on", "--slo", "ttft_p95<1s", "--", "-v"
    )
    assert plan.launch is not None
    assert (plan.launch.parallel, plan.launch.flash_attn, plan.launch.extra_args) == (8, "on", ("-v",))
    assert (plan.scenario.slo, plan.scenario.duration_s) == (("ttft_p95<1s",), 20.0)
    assert plan.scenario.shape == OpenLoop(rate=1.0, arrivals="poisson")
    assert plan_of("--url", "http://h:1").scenario.shape == ClosedLoop(concurrency=1)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "needs a model or a server"),
        (("-m", "a", "--url", "b"), "--model and --url exclude each other"),
        (("-m", "a", "--rate", "auto", "--concurrency", "2"), "cannot both be varied"),
        (("--url", "b", "--parallel", "auto"), "keeps its slots and flags"),
        (("--url", "b", "-np", "8"), "keeps its slots and flags"),
        (("--url", "b", "--ctx-per-slot", "512"), "keeps its slots and flags"),
        (("--url", "b", "--arrivals", "poisson"), "--arrivals belongs to --rate"),
        (("--url", "b", "-fa", "on"), "keeps its slots and flags"),
        (("-m", "a", "--rate", "fast"), "no list of rates"),
        (("-m", "a", "--rate", "0,1"), "--rate 0 is out of range"),
        (("-m", "a", "--concurrency", "x"), "no list of numbers"),
        (("-m", "a", "-np", "0"), "numbers must be 1 or more"),
        (("-m", "a", "--seconds", "0"), "--seconds 0 is out of range"),
        (("-m", "a", "--seconds", "nan"), "--seconds nan is out of range"),
        (("-m", "a", "--seconds", "inf"), "--seconds inf is out of range"),
        (("-m", "a", "--limit", "-1"), "--limit -1 is out of range"),
        (("-m", "a", "--limit", "0"), "--limit 0 is out of range"),
        (("-m", "a", "--limit", "nan"), "--limit nan is out of range"),
        (("-m", "a", "--limit", "2.5"), "no whole number"),
        (("-m", "a", "-np", "auto", "--limit", "257"), "--limit 257 is out of range"),
        (("-m", "a", "--rate", "1,2", "--limit", "9"), "--limit is for a search"),
        (("-m", "a", "--concurrency", "99999"), "--concurrency 99999 is out of range"),
        (("-m", "a", "--concurrency", ""), "no list of numbers"),
        (("-m", "a", "--rate", "1e9"), "--rate 1e.09 is out of range"),
        (("-m", "a", "--rate", "nan"), "--rate nan is out of range"),
        (("-m", "a", "-np", "²"), "no list of numbers"),
        (("-m", "a", "--max-tokens", "0"), "--max-tokens 0 is out of range"),
        (("--url", "b", "--prompt-tokens", "9" * 400), "is out of range"),
        (("-m", "a", "--prompt-tokens", "5000"), "a request needs 5128 tokens"),
        (("-m", "a", "--slo", "ttft<1"), "ttft needs a statistic"),
    ],
)
def test_bad_input_is_refused(words: tuple[str, ...], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        plan_of(*words)


def test_a_model_that_is_none_is_refused_before_a_folder_is_made(
    isolated_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", "-m", "nosuch.gguf"]) == 2
    assert "no model 'nosuch.gguf'" in capsys.readouterr().err
    assert list((isolated_home / "data").iterdir()) == []
