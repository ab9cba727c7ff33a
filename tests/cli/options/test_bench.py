"""The options of `rocmtui bench` and the plans they make."""

from __future__ import annotations

from pathlib import Path

import pytest

from rocmtui.cli.options.bench import bench_plan_from
from rocmtui.cli.parser import parse
from rocmtui.core.bench.plan.cells import BenchPlan
from rocmtui.core.bench.plan.variant import Variant
from rocmtui.errors import UsageError

FILE = 'title = "night"\nmodels = ["m.gguf", "demo"]\nparallel = [1, 4]\nrounds = 7\n'


def plan_of(*words: str) -> BenchPlan:
    return bench_plan_from(parse("bench", words))


def test_everything_has_its_option() -> None:
    plan = plan_of(
        *("-m", "a.gguf", "-m", "demo", "--parallel", "1,4", "--ctx-per-slot", "2048,8192"),
        *("--variant", "on: -fa on", "--variant", "off: -fa off", "--tests", "decode,prefill"),
        *("--prefill-tokens", "512,1024", "--requests", "3", "--rounds", "9", "--seed", "5"),
        *("--settle", "5", "--title", "T", "-ngl", "99", "--gpu", "none", "--", "-ub", "64"),
    )
    assert (plan.models, plan.parallel, plan.contexts) == (("a.gguf", "demo"), (1, 4), (2048, 8192))
    assert plan.variants == (
        Variant(label="on", flags=("-fa", "on")),
        Variant(label="off", flags=("-fa", "off")),
    )
    assert [(test.name, test.requests) for test in plan.tests] == [("tg128", 3), ("pp512", 3), ("pp1024", 3)]
    assert (plan.rounds, plan.seed, plan.settle_s, plan.title) == (9, 5, 5.0, "T")
    launch = plan.launch
    assert (launch.gpu_layers, launch.gpu, launch.extra_args) == ("99", "none", ("-ub", "64"))


def test_options_win_over_the_file_and_its_paths_are_its_own(tmp_path: Path) -> None:
    file = tmp_path / "bench.toml"
    file.write_text(FILE)
    plan = plan_of("--file", str(file), "--rounds", "3")
    assert (plan.models, plan.rounds) == ((str(tmp_path / "m.gguf"), "demo"), 3)
    assert (plan.parallel, plan.title) == ((1, 4), "night")
    assert plan_of("--file", str(file), "-m", "x").models == ("x",)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "no model to bench"),
        (("-m", "a", "--parallel", "one"), "'one' is no list of numbers"),
        (("-m", "a", "--parallel", "0"), "1 or more"),
        (("-m", "a", "--tests", "decode,speed"), "no test 'speed'"),
        (("-m", "a", "--tests", "decode,decode"), "each once"),
        (("-m", "a", "--prefill-tokens", "9000"), "pp9000 needs 9001 tokens"),
        (("-m", "a", "--server", "x"), "LABEL=PATH"),
        (("--file", "nosuch.toml"), "cannot read nosuch.toml"),
        (("-m", "a", "--requests", "0"), "1 or more"),
        (("-m", "a", "--against", "cpu", "--no-verify"), "--no-verify does not"),
        (("-m", "a", "-m", "b", "--against", "f.json"), "of one model"),
        (("-m", "a", "--settle", "nan"), "--settle nan is out of range"),
        (("-m", "a", "--settle", "-1"), "--settle -1 is out of range"),
    ],
)
def test_bad_input_is_one_clear_line(words: tuple[str, ...], says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        plan_of(*words)
    assert "\n" not in caught.value.message


def test_depths_multiply_the_tests_that_have_one() -> None:
    plan = plan_of("-m", "a.gguf", "--depth", "0,512", "--tests", "decode,ttft,prefill")
    names = ["tg128", "tg128 @ d512", "ttft32", "pp512", "pp512 @ d512"]
    assert [test.name for test in plan.tests] == names
    assert plan.contexts == (None,)


def test_a_depth_that_needs_more_context_gets_it() -> None:
    assert plan_of("-m", "a.gguf", "--depth", "0,4096", "--tests", "decode").contexts == (4352,)
    with pytest.raises(UsageError, match="a slot has 4096"):
        plan_of("-m", "a.gguf", "--depth", "4096", "--tests", "decode", "--ctx-per-slot", "4096")


def test_neighbours() -> None:
    plan = plan_of("-m", "a.gguf", "--tests", "neighbour", "--attack-tokens", "512,2048")
    assert [test.name for test in plan.tests] == ["tg256 beside pp512", "tg256 beside pp2048"]


def test_a_depth_without_a_test_that_has_one_is_refused() -> None:
    with pytest.raises(UsageError, match="changes no test"):
        plan_of("-m", "a.gguf", "--depth", "512", "--tests", "ttft")


def test_two_lengths_of_a_decode_are_two_rows(tmp_path: Path) -> None:
    file = tmp_path / "depth.toml"
    test = '[[test]]\nkind = "decode"\nprompt_tokens = {}\n'
    file.write_text('models = ["demo"]\n' + test.format(32) + test.format(2048))
    assert [test.name for test in plan_of("--file", str(file)).tests] == ["tg128", "tg128 @ d2048"]
