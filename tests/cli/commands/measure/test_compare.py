"""`rocmtui compare` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from rocmtui.adapters.runs.folder import RunFolder
from rocmtui.cli.main import main
from rocmtui.core.bench.plan.cells import BenchPlan
from rocmtui.core.bench.plan.suite import DECODE
from rocmtui.core.bench.report import BenchReport, summed_up
from rocmtui.core.load.said import Requests
from rocmtui.core.report.document import Tool
from rocmtui.core.text.documents import pretty
from tests.core.compare.test_run_side import SCENARIO, records_of, report_of
from tests.fakes.made_bench import made_results


def run_folder(root: Path, name: str, itl_ms: float, *, seed: int = 1, tokens: int = 32) -> Path:
    prompt = msgspec.structs.replace(SCENARIO.prompt, tokens=tokens)
    scenario = msgspec.structs.replace(SCENARIO, prompt=prompt)
    records = records_of(itl_ms, seed=seed)
    folder = RunFolder.create(None, name, scenario, at=root / name)
    folder.emit(Requests(at_ns=1, records=tuple(records)))
    folder.finish(report_of(records, scenario))
    return Path(folder.path)


def bench_folder(root: Path, name: str, tps: float) -> Path:
    plan = BenchPlan(models=("/m/gemma.gguf",), tests=(DECODE,), rounds=4)
    results = made_results(plan, lambda _setup, _test, r: {"output_tps_per_request": tps + r / 10})
    begun = BenchReport(
        tool=Tool(version="0"), started_at="2026-05-04T10:11:12Z", ended="done", seconds=1.0, plan=plan
    )
    (root / name).mkdir()
    (root / name / "bench.json").write_bytes(pretty(summed_up(begun, results)))
    return root / name


def test_a_regression_beyond_the_limit_exits_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = run_folder(tmp_path, "monday", 15.0), run_folder(tmp_path, "tuesday", 16.5, seed=2)
    assert main(["compare", str(a), str(b)]) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("A  monday\nB  tuesday\n\nmetric")
    assert "B against A" in shown.out
    assert "\nwarning: A: 60 requests completed" in shown.out
    assert "% slower (" in shown.out
    assert main(["compare", str(a), str(b), "--single", "--fail-on-regression", "5%"]) == 3
    assert "regression: inter-token latency, p50: " in capsys.readouterr().err
    assert main(["compare", str(a), str(b), "--single", "--fail-on-regression", "50%"]) == 0


def test_one_run_a_side_is_no_ground_for_a_regression(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = run_folder(tmp_path, "monday", 15.0), run_folder(tmp_path, "tuesday", 16.5, seed=2)
    assert main(["compare", str(a), str(b), "--fail-on-regression", "5%"]) == 2
    told = capsys.readouterr().err
    assert "one run against one run cannot tell a regression from the spread between two starts" in told


def test_three_runs_a_side_are_judged_by_their_spread(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def group(name: str, *itls: float) -> str:
        return ",".join(str(run_folder(tmp_path, f"{name}{i}", itl, seed=i)) for i, itl in enumerate(itls))

    a, b, slow = (
        group("a", 15.0, 15.2, 14.9),
        group("b", 15.1, 14.8, 15.2),
        group("slow", 18.0, 18.2, 17.9),
    )
    assert main(["compare", a, b, "--fail-on-regression", "5%"]) == 0
    assert main(["compare", a, slow, "--fail-on-regression", "5%"]) == 3
    assert "regression: inter-token latency, p50: " in capsys.readouterr().err


def test_a_baseline_holds_its_last_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(4):
        path = run_folder(tmp_path, f"run{number}", 15.0, seed=number)
        assert main(["runs", "baseline", "add", "main", str(path), "--keep", "3"]) == 0
    assert capsys.readouterr().err.endswith("baseline main is run1, run2, run3\n")
    assert main(["runs", "baseline"]) == 0
    assert capsys.readouterr().out.count("run") == 3
    new = ",".join(str(run_folder(tmp_path, f"new{number}", 15.0, seed=9 + number)) for number in range(3))
    assert main(["compare", "main", new, "--fail-on-regression", "5%"]) == 0
    assert main(["runs", "baseline", "add", "main"]) == 2
    assert "write `rocmtui runs baseline add NAME RUN`" in capsys.readouterr().err


def test_unequal_conditions_are_refused_and_forced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = run_folder(tmp_path, "a", 15.0), run_folder(tmp_path, "b", 15.0, tokens=64)
    assert main(["compare", str(a), str(b)]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "prompts differ: tokens 32" in shown.err
    assert main(["compare", str(a), str(b), "--force"]) == 0
    assert "warning: prompts differ" in capsys.readouterr().out


def test_benches_are_compared_round_by_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = bench_folder(tmp_path, "old", 100.0), bench_folder(tmp_path, "new", 110.0)
    assert main(["compare", str(a), str(b / "bench.json")]) == 0
    assert "10.0 % faster (9.8 to 10.2)" in capsys.readouterr().out


def test_a_baseline_has_a_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = bench_folder(tmp_path, "old", 100.0), bench_folder(tmp_path, "new", 100.0)
    assert main(["compare", "--save", "main", str(a)]) == 0
    assert main(["compare", "main", str(b)]) == 0
    assert "A  main\nB  new\n" in capsys.readouterr().out
    assert main(["compare", "--baselines"]) == 0
    assert capsys.readouterr().out == f"main  {a}\n"


def test_json_on_stdout_is_alone_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = run_folder(tmp_path, "a", 15.0), run_folder(tmp_path, "b", 15.0, seed=2)
    assert main(["compare", str(a), str(b), "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["a"] == "a"


def test_bare_reports_are_enough(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, itl in (("a", 15.0), ("b", 16.5)):
        (tmp_path / f"{name}.json").write_bytes(pretty(report_of(records_of(itl))))
    assert main(["compare", str(tmp_path / "a.json"), str(tmp_path / "b.json")]) == 0
    assert "inter-token latency, mean" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "0 sides given, 2 needed"),
        (["--save", "main"], "0 sides given, 1 needed (rocmtui compare --save main RUN)"),
        (
            ["nosuch", "other"],
            "nosuch does not exist, and no run or baseline has that name (see `rocmtui runs`)",
        ),
        (["--save", "../x", "a.json"], "is no name"),
        (["a.json", "empty"], "is no run folder"),
        (["a.json", "broken.json"], "this is no report"),
    ],
)
def test_mistakes_are_one_clear_line(
    words: list[str],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.json").write_bytes(pretty(report_of(records_of(15.0))))
    Path("broken.json").write_text("{")
    Path("empty").mkdir()
    assert main(["compare", *words]) == 2
    shown = capsys.readouterr().err
    assert says in shown
    assert shown.count("\n") == 1


@pytest.mark.parametrize("text", ["five", "nan%", "inf", "-1%", "5%%"])
@pytest.mark.parametrize("words", [("compare", "a", "b"), ("bench", "-m", "a.gguf")])
def test_a_bad_percentage_is_refused(
    words: tuple[str, ...], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, f"--fail-on-regression={text}"]) == 2
    assert f"{text!r} is no percentage such as 5%" in capsys.readouterr().err
