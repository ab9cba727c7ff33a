"""`load --depth`: a context that is filled once."""

from __future__ import annotations

import pytest

from rocmtui.cli.options.scenario import scenario_from
from rocmtui.cli.parser import parse
from rocmtui.core.load.scenario import Scenario
from rocmtui.errors import UsageError


def scenario_of(*words: str) -> Scenario:
    return scenario_from(parse("load", ("--url", "http://x", *words)))


def test_each_worker_fills_its_slot() -> None:
    made = scenario_of("--depth", "4096", "--prompt-tokens", "64", "--concurrency", "3", "--warmup", "2")
    prompt = made.prompt
    assert (prompt.tokens, prompt.shared_prefix_tokens, prompt.depth_tokens) == (4160, 4096, 4096)
    assert (made.warmup_requests, made.cache_prompt) == (5, True)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--depth", "0"), "too small"),
        (("--depth", "9", "--prompt", "hi"), "prompts of words"),
        (("--depth", "9", "--shared-prefix", "8"), "prompts of words"),
        (("--depth", "9", "--no-nonce"), "prompts of words"),
        (("--depth", "9", "--rate", "2"), "belongs to --concurrency"),
        (("--depth", "9", "--no-cache-prompt"), "needs the server's cache"),
    ],
)
def test_what_has_no_depth_is_refused(words: tuple[str, ...], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        scenario_of(*words)


def test_batches_belong_to_what_takes_them() -> None:
    made = scenario_of("--endpoint", "embeddings", "--batch", "8")
    assert (made.endpoint, made.batch, made.verify) == ("embeddings", 8, False)
    with pytest.raises(UsageError, match="belongs to embeddings"):
        scenario_of("--batch", "8")
