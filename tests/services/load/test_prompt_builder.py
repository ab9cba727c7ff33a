"""Prompts built to length with several tokenizers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import pytest

from rocmtui.core.load.conversation import Conversation
from rocmtui.core.load.prompts import WORDS
from rocmtui.core.load.scenario import ClosedLoop, Endpoint, NeighbourPlan, Prompt, PromptPlan, Scenario
from rocmtui.errors import UsageError
from rocmtui.services.load.prompt_builder import PromptSet, build_prompts


class WordTokenizer:
    """A token a word, one more for words in `split`, and begin-of-text; the template adds five."""

    def __init__(self, split: Sequence[str] = ()) -> None:
        self.split = set(split)
        self.calls = 0

    async def tokenize(self, text: str, *, add_special: bool = False) -> list[int] | None:
        self.calls += 1
        words = text.split()
        return [0] * (len(words) + sum(word in self.split for word in words) + add_special)

    async def apply_template(self, messages: Sequence[Mapping[str, str]]) -> str | None:
        return "<user> x y " + " ".join(message["content"] for message in messages) + " <model> z"


class NoTokenizer(WordTokenizer):
    """A server without /tokenize."""

    async def tokenize(self, text: str, *, add_special: bool = False) -> list[int] | None:
        return None

    async def apply_template(self, messages: Sequence[Mapping[str, str]]) -> str | None:
        return None


class Source:
    """Files in memory."""

    def text(self, path: str) -> str:
        return f"text of {path}"

    def __init__(self, talks: Sequence[Conversation] | None = None) -> None:
        self.talks = talks

    def dataset(self, path: str, endpoint: Endpoint, *, lenient: bool = False) -> Data:
        return Data(self.talks)

    def content_hash(self, path: str) -> str:
        return f"hash of {path}"


class Data(list[Prompt]):
    """Two lines, which may be conversations."""

    left_out = ("colour",)
    timed = False

    def at_their_times(self, scale: float) -> Sequence[Conversation]:
        return self.conversations or ()

    def __init__(self, talks: Sequence[Conversation] | None) -> None:
        super().__init__((Prompt(text="one"), Prompt(text="two")))
        self.conversations = talks


def scenario(plan: PromptPlan, endpoint: Endpoint = "completion", **fields: object) -> Scenario:
    base = Scenario(shape=ClosedLoop(concurrency=1), prompt=plan, endpoint=endpoint, requests=3)
    return msgspec.structs.replace(base, **fields)


async def built(what: Scenario, tokenizer: WordTokenizer | None = None) -> PromptSet:
    return await build_prompts(what, tokenizer or WordTokenizer(), Source())


async def length(prompt: Prompt, tokenizer: WordTokenizer) -> int:
    text = prompt.text
    if text is None:
        text = await tokenizer.apply_template([{"content": m.content} for m in prompt.messages])
    return len(await tokenizer.tokenize(text or "", add_special=True) or ())


@pytest.mark.parametrize("endpoint", ["chat", "completion"])
@pytest.mark.parametrize("split", [(), WORDS[:40]])
async def test_length_is_exact_with_begin_and_template(endpoint: Endpoint, split: Sequence[str]) -> None:
    tokenizer = WordTokenizer(split)
    result = await built(scenario(PromptPlan(tokens=42), endpoint, requests=40), tokenizer)
    assert {await length(prompt, tokenizer) for prompt in result.prompts} == {42}
    assert {prompt.expected_tokens for prompt in result.prompts} == {42}
    assert len(set(map(str, result.prompts))) == 40
    assert result.notices == ()


async def test_a_tokenizer_without_whole_words_comes_close_and_says_so() -> None:
    tokenizer = WordTokenizer(WORDS)
    result = await built(scenario(PromptPlan(tokens=42), requests=40), tokenizer)
    assert {await length(prompt, tokenizer) for prompt in result.prompts} <= {41, 43}
    assert result.prompts[0].expected_tokens is None
    assert "not exactly 42 tokens" in result.notices[0]


async def test_many_prompts_need_few_questions() -> None:
    tokenizer = WordTokenizer()
    await built(scenario(PromptPlan(tokens=64), requests=500), tokenizer)
    assert tokenizer.calls < 50


async def test_same_scenario_same_prompts() -> None:
    plan = scenario(PromptPlan(tokens=30, shared_prefix_tokens=10))
    assert await built(plan) == await built(plan)
    assert await built(plan) != await built(msgspec.structs.replace(plan, seed=2))


async def test_shared_prefix_is_as_long_as_asked_and_then_they_part() -> None:
    result = await built(scenario(PromptPlan(tokens=30, shared_prefix_tokens=10)))
    words = [(prompt.text or "").split() for prompt in result.prompts]
    assert words[0][:10] == words[1][:10] == words[2][:10]
    assert len({tuple(each[10:14]) for each in words}) == 3


async def test_without_a_tokenizer_lengths_are_words_and_the_user_is_told() -> None:
    result = await built(scenario(PromptPlan(tokens=30), "chat"), NoTokenizer())
    assert [len(prompt.messages[0].content.split()) for prompt in result.prompts] == [30] * 3
    assert result.prompts[0].expected_tokens is None
    assert result.notices == ("this server cannot count tokens (/tokenize): lengths are in words instead",)


async def test_text_gets_a_nonce_of_its_own_each_time_or_none() -> None:
    result = await built(scenario(PromptPlan(text="Say hi"), warmup_requests=2))
    texts = [prompt.text or "" for prompt in result.prompts]
    assert len(set(texts)) == 5
    assert all(text.endswith("] Say hi") for text in texts)
    plain = await built(scenario(PromptPlan(text="Say hi", nonce=False)))
    assert plain.prompts == (Prompt(text="Say hi"),)


async def test_file_and_data_set_go_round() -> None:
    assert (await built(scenario(PromptPlan(file="f", nonce=False)))).prompts == (Prompt(text="text of f"),)
    plain = await built(scenario(PromptPlan(dataset="d", nonce=False)))
    assert [prompt.text for prompt in plain.prompts] == ["one", "two"]
    marked = await built(scenario(PromptPlan(dataset="d")))
    assert [(marked.prompts[index].text or "")[-3:] for index in range(3)] == ["one", "two", "one"]
    assert marked.prompts[0] != marked.prompts[2]
    told = "left out of the data set, not understood: colour"
    assert marked.notices == (told, "the data set has 2 prompts, sent again and again")
    assert (await built(scenario(PromptPlan(dataset="d"), requests=1))).notices == (
        told,
        "the data set has 2 prompts, of which the first 1 are sent",
    )


async def test_reuse_with_the_cache_on_is_told() -> None:
    plan = scenario(PromptPlan(text="x"), requests=None, duration_s=5.0, cache_prompt=True)
    assert (await built(plan)).notices == (
        "500 different prompts are used in turn: later ones may come from the server's cache",
    )


@pytest.mark.parametrize(
    ("plan", "endpoint", "message"),
    [
        (PromptPlan(tokens=10, shared_prefix_tokens=10), "chat", "leaves nothing of prompts of 10"),
        (PromptPlan(tokens=5), "chat", "prompts of 5 tokens are too short: template and prefix alone take 6"),
        (PromptPlan(tokens=100), "chat", "prompts of 100 tokens do not fit a slot of 100"),
    ],
)
async def test_impossible_lengths_are_refused(plan: PromptPlan, endpoint: Endpoint, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        await build_prompts(scenario(plan, endpoint), WordTokenizer(), Source(), slot_ctx=100)


def test_sources_of_prompts_say_what_is_wrong(tmp_path: Path) -> None:
    from rocmtui.adapters.load.prompt_files import PromptFiles

    (tmp_path / "empty").write_text(" \n")
    (tmp_path / "binary").write_bytes(b"ok \xff")
    files = PromptFiles()
    for name, message in (
        ("nosuch", "No such file or directory"),
        ("", "Is a directory"),
        ("empty", "is empty"),
        ("binary", r"not UTF-8 text \(byte 3\)"),
    ):
        with pytest.raises(UsageError, match=message):
            files.text(str(tmp_path / name))
    with pytest.raises(UsageError, match=r"--dataset: cannot read .*nosuch"):
        files.dataset(str(tmp_path / "nosuch"), "chat")


async def test_a_depth_is_filled_by_the_context_alone() -> None:
    plan = PromptPlan(tokens=30, shared_prefix_tokens=20, depth_tokens=20)
    found = await built(scenario(plan, warmup_requests=1))
    (context,) = found.warmup
    assert context.max_tokens == 1
    assert len((context.text or "").split()) == 20
    assert isinstance(found.prompts, Sequence)
    assert all((prompt.text or "").startswith(context.text or "") for prompt in found.prompts)
    assert not (await built(scenario(PromptPlan(tokens=30, shared_prefix_tokens=20)))).warmup


async def test_a_neighbour_has_prompts_of_its_own_length() -> None:
    plan = PromptPlan(tokens=10)
    found = await built(scenario(plan, neighbour=NeighbourPlan(tokens=40, requests=2)))
    assert [prompt.expected_tokens for prompt in found.neighbour] == [40, 40]
    assert {prompt.max_tokens for prompt in found.neighbour} == {1}
    assert len({prompt.text for prompt in found.neighbour}) == 2
    what = scenario(plan, neighbour=NeighbourPlan(tokens=40))
    with pytest.raises(UsageError, match="do not fit a slot of 32"):
        await build_prompts(what, WordTokenizer(), Source(), slot_ctx=32)


async def test_inputs_are_batched() -> None:
    found = await built(scenario(PromptPlan(tokens=10), "embeddings", batch=4))
    assert isinstance(found.prompts, Sequence)
    assert [len(prompt.inputs) for prompt in found.prompts] == [4, 4, 4]
    texts = [text for prompt in found.prompts for text in prompt.inputs]
    assert len(set(texts)) == 12
    assert {len(text.split()) for text in texts} == {9}
