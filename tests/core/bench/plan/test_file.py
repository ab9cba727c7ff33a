"""bench.toml: the example is the truth, and mistakes are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from rocmtui.core.bench.plan.cells import BenchPlan, checked
from rocmtui.core.bench.plan.file import parse_bench_file
from rocmtui.core.bench.plan.suite import SUITE
from rocmtui.core.bench.plan.variant import Variant
from rocmtui.core.server.state import LaunchPlan
from rocmtui.errors import UsageError

EXAMPLE = Path(__file__).parents[4] / "docs" / "bench.toml"


def test_the_example_is_what_its_comments_say() -> None:
    plan = checked(parse_bench_file(EXAMPLE.read_text()))
    assert plan == BenchPlan(
        title="Flash attention on and off, 1 and 4 slots",
        models=("demo",),
        parallel=(1, 4),
        contexts=(2048,),
        variants=(
            Variant(label="fa on", flags=("-fa", "on")),
            Variant(label="fa off", flags=("-fa", "off")),
        ),
    )
    assert plan.tests == SUITE


def test_what_is_left_out_has_the_usual_value() -> None:
    assert parse_bench_file('models = ["m.gguf"]') == BenchPlan(models=("m.gguf",))


def test_server_options_reach_the_launch() -> None:
    plan = parse_bench_file('models = ["m"]\n[server]\ngpu_layers = 99\nflags = "-ub 256 --no-warmup"')
    assert plan.launch == LaunchPlan(model="", gpu_layers="99", extra_args=("-ub", "256", "--no-warmup"))


@pytest.mark.parametrize(
    ("text", "says", "remedy"),
    [
        ("models = [", "bench.toml: ", "TOML"),
        ('model = ["a"]', "no key 'model'", "did you mean 'models'?"),
        ("[server]\nflash_atn = 'on'", "server: no key 'flash_atn'", "did you mean 'flash_attn'?"),
        ("[[test]]\nkind = 'decode'\ntokens = 5", "test 1: no key 'tokens'", "'max_tokens'"),
        (
            "[[variant]]\nlabel = 'a'\nxyz = 1",
            "variant 1: no key 'xyz'",
            "known here: label, server_bin, flags",
        ),
        ("settle_s = nan", "settle_s: Expected `float` >= 0.0", "bench --example"),
        ("timeout_s = inf", "timeout_s: Expected `float` <= 1000000.0", "bench --example"),
        ("rounds = 'five'", "rounds: Invalid enum value 'five'", "bench --example"),
        ("[[test]]\nkind = 'decodes'", "test 1: no kind 'decodes'", "decode, ttft, prefill"),
        ("endpoint = 'chats'", "bench.toml: no endpoint 'chats'", "there are: chat, completion, completions"),
        ("[[variant]]\nlabel = 'a'\nflags = '-np 4'", "sets -np", "--parallel"),
        ("[[variant]]\nlabel = 'a'\nflags = \"'x\"", "No closing quotation", "quotation"),
    ],
)
def test_mistakes_are_named_with_what_to_write_instead(text: str, says: str, remedy: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_bench_file(text)
    assert says in caught.value.message
    assert remedy in (caught.value.remedy or "")
