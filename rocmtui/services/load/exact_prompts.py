"""Prompts of an exact length, measured with the server's own tokenizer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

from rocmtui.core.load.prompts import WORDS, prompt_count, random_words, seed_of, text_of, to_prompt
from rocmtui.core.load.scenario import Message, Prompt, Scenario
from rocmtui.core.load.workload import ConversationPlan
from rocmtui.errors import UsageError
from rocmtui.services.load.conversation_feed import Conversations

AT_ONCE = 4
"""Prompts measured side by side."""
TRIES = 8
"""Corrections of one prompt's length before it is taken as it is."""
FEWEST_WORDS = 8
SAMPLE = 32
"""When this many prompts need the same number of words, the others are taken to need it too."""


class Tokenizer(Protocol):
    """What a ServerProbe offers that is needed here. None: the server cannot do it."""

    async def tokenize(self, text: str, *, add_special: bool = False) -> list[int] | None: ...
    async def apply_template(self, messages: Sequence[Mapping[str, Any]]) -> str | None: ...


class PromptSet(msgspec.Struct, frozen=True, kw_only=True):
    """What a load sends."""

    prompts: Sequence[Prompt] | Conversations
    """Used in order, again from the start when they run out."""
    warmup: Sequence[Prompt] = ()
    """What warm-up requests send instead, where they have a work of their own: to fill a context."""
    neighbour: Sequence[Prompt] = ()
    """What the scenario's neighbour sends."""
    notices: tuple[str, ...] = ()
    """What the user should know of them."""
    conversations: ConversationPlan | None = None
    """What the scenario is to say of conversations, where the data set turned out to hold some."""
    rate: float | None = None
    """Requests a second of a trace at its own times."""
    content_hash: str | None = None
    """Tells the file they came from apart from others; None: they came from none."""


def reuse_notice(scenario: Scenario, count: int) -> tuple[str, ...]:
    """Says that a load with the cache on has fewer prompts than requests."""
    total = None if scenario.requests is None else scenario.requests + scenario.warmup_requests
    if not scenario.cache_prompt or not scenario.prompt.nonce or (total is not None and total <= count):
        return ()
    return (f"{count} different prompts are used in turn: later ones may come from the server's cache",)


class Words(msgspec.Struct, frozen=True):
    """Words to build prompts of."""

    words: Sequence[str]
    tokens_each: float
    """1 where each word is a token of its own."""
    notice: str | None = None


async def countable_words(tokenizer: Tokenizer) -> Words:
    """Words that are one token each to this server; where there are too few, all words."""
    whole = await tokenizer.tokenize(" ".join(WORDS))
    if whole is None:
        return Words(WORDS, 1, "this server cannot count tokens (/tokenize): lengths are in words instead")
    if len(whole) == len(WORDS):
        return Words(WORDS, 1)
    # Two of each, since some tokenizers treat the first word of a text differently.
    counts = [await tokenizer.tokenize(f"{WORDS[0]} {word} {word}") for word in WORDS]
    first = len(await tokenizer.tokenize(WORDS[0]) or ())
    single = [word for word, ids in zip(WORDS, counts, strict=True) if ids and len(ids) == first + 2]
    return Words(single, 1) if len(single) >= FEWEST_WORDS else Words(WORDS, len(whole) / len(WORDS))


class LengthBuilder:
    """Prompts of random words, each `tokens` long as the server counts, template and all."""

    def __init__(self, scenario: Scenario, tokenizer: Tokenizer, tokens: int) -> None:
        self._scenario = scenario
        self._tokenizer = tokenizer
        self._tokens = tokens
        self._words = Words(WORDS, 1)
        self._prefix: list[str] = []
        self._inexact = 0

    async def build(self) -> PromptSet:
        """All of them, with what could not be done."""
        scenario = self._scenario
        self._words = await countable_words(self._tokenizer)
        shared = round(scenario.prompt.shared_prefix_tokens / self._words.tokens_each)
        self._prefix = random_words(seed_of(scenario), -1, shared, self._words.words)
        # A word and its space are about 6 characters.
        count = prompt_count(scenario.requests, scenario.warmup_requests, self._tokens * 6)
        if not scenario.prompt.nonce:
            count = 1
        if self._words.notice:
            prompts = [self._of_words(index, self._tokens - shared) for index in range(count)]
            return PromptSet(prompts=tuple(prompts), warmup=self._filling(), notices=(self._words.notice,))
        room = self._tokens - await self._overhead()
        sample = await self._all_exact(range(min(count, SAMPLE)), room)
        needed = {words for _, words in sample}
        if len(needed) == 1:
            (words,) = needed
            expected = None if self._inexact else self._tokens
            rest = [self._of_words(index, words, expected) for index in range(len(sample), count)]
        else:
            rest = [prompt for prompt, _ in await self._all_exact(range(len(sample), count), room)]
        notices = reuse_notice(scenario, count)
        if self._inexact:
            uneven = f"{self._inexact} prompts are not exactly {self._tokens} tokens long"
            notices = (f"{uneven}: its words are several each", *notices)
        return PromptSet(
            prompts=(*(prompt for prompt, _ in sample), *rest), warmup=self._filling(), notices=notices
        )

    def _filling(self) -> tuple[Prompt, ...]:
        """The context alone: where its last token stands, caches of a sliding window keep a checkpoint.

        In a chat it is a turn of its own: the end of the last message would else stand between.
        """
        if not self._scenario.prompt.depth_tokens:
            return ()
        context = to_prompt(" ".join(self._prefix), self._scenario.endpoint)
        return (msgspec.structs.replace(context, max_tokens=1),)

    async def _all_exact(self, indexes: range, room: int) -> list[tuple[Prompt, int]]:
        gate = asyncio.Semaphore(AT_ONCE)
        return await asyncio.gather(*(self._exact(index, room, gate) for index in indexes))

    def _of_words(self, index: int, count: int, expected: int | None = None) -> Prompt:
        own = random_words(seed_of(self._scenario), index, count, self._words.words)
        endpoint = self._scenario.endpoint
        if self._scenario.prompt.depth_tokens and endpoint == "chat":
            before = (Message("user", " ".join(self._prefix)), Message("assistant", "Yes."))
            return Prompt(messages=(*before, Message("user", " ".join(own))), expected_tokens=expected)
        return to_prompt(" ".join((*self._prefix, *own)), endpoint, expected)

    async def _overhead(self) -> int:
        """Tokens a prompt has besides its words: begin-of-text and chat template."""
        least = self._of_words(0, 1)
        count = await length_of(least, self._tokenizer) - 1
        if count + 1 > self._tokens:
            raise UsageError(
                f"prompts of {self._tokens} tokens are too short: template and prefix alone take {count}",
                f"ask for at least --prompt-tokens {count + 1}",
            )
        return count

    async def _exact(self, index: int, room: int, gate: asyncio.Semaphore) -> tuple[Prompt, int]:
        """Prompt number `index`, and how many words of its own it needed."""
        words, each = max(round(room / self._words.tokens_each), 1), self._words.tokens_each
        async with gate:
            for _ in range(TRIES):
                prompt = self._of_words(index, words, self._tokens)
                missing = self._tokens - await length_of(prompt, self._tokenizer)
                if not missing:
                    return prompt, words
                if abs(missing) < each or words + int(missing / each) < 1:
                    break
                words += int(missing / each)
        self._inexact += 1
        return msgspec.structs.replace(prompt, expected_tokens=None), words


async def length_of(prompt: Prompt, tokenizer: Tokenizer) -> int:
    """Tokens of a prompt as the server will count them; 0 where it cannot."""
    text = prompt.text
    if text is None:
        text = await tokenizer.apply_template([msgspec.to_builtins(message) for message in prompt.messages])
        if text is None:
            text = " ".join(map(text_of, prompt.messages))
    return len(await tokenizer.tokenize(text, add_special=True) or ())
