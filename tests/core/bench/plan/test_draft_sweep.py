"""Variants with drafts of several lengths, and without."""

from __future__ import annotations

import pytest

from rocmtui.cli.options.bench import bench_plan_from
from rocmtui.cli.parser import parse
from rocmtui.core.bench.plan.cells import BenchPlan
from rocmtui.core.bench.plan.draft_sweep import split_flags
from rocmtui.core.bench.plan.suite import DRAFTS
from rocmtui.errors import UsageError

FLAGS = ("-ub", "256", "-md", "d.gguf", "--spec-type", "draft-simple", "-t", "2", "--spec-draft-p-min=0.1")


def plan_of(*words: str) -> BenchPlan:
    return bench_plan_from(parse("bench", ("-m", "a.gguf", *words)))


def test_flags_of_a_draft_are_told_apart_with_their_values() -> None:
    shared, of_draft = split_flags(FLAGS)
    assert shared == ("-ub", "256", "-t", "2")
    assert of_draft == ("-md", "d.gguf", "--spec-type", "draft-simple", "--spec-draft-p-min=0.1")
    assert split_flags(("--temp", "-1", "-md", "x")) == (("--temp", "-1"), ("-md", "x"))


def test_each_length_is_a_variant_and_0_has_no_draft() -> None:
    plan = plan_of("--draft-sweep", "0,4", "--requests", "2", "--", *FLAGS)
    assert [variant.label for variant in plan.variants] == ["no draft", "draft 4"]
    assert plan.variants[0].flags == ()
    assert plan.variants[1].flags[-2:] == ("--spec-draft-n-max", "4")
    assert plan.launch.extra_args == ("-ub", "256", "-t", "2")
    assert [test.name for test in plan.tests] == ["tg128 code", "tg128 prose", "tg128 repetition"]
    assert {test.requests for test in plan.tests} == {2}


def test_texts_are_asked_without_chance_and_cold() -> None:
    load = DRAFTS[0].scenario(parallel=1, seed=1, endpoint="completion", timeout_s=60)
    assert (load.temperature, load.cache_prompt, load.prompt.nonce) == (0.0, False, True)
    assert load.prompt.text is not None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--draft-sweep", "0,4"), "needs a draft"),
        (("--draft-sweep", "0,4", "--", "-md", "d", "--spec-draft-n-max", "3"), "itself"),
        (("--draft-sweep", "0,4", "--variant", "a: -fa on", "--", "-md", "d"), "makes the variants"),
    ],
)
def test_what_cannot_be_is_refused(words: tuple[str, ...], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        plan_of(*words)
