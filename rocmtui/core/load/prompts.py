"""Prompts from words, texts and data sets; seeded, so that the same scenario sends the same prompts."""

from __future__ import annotations

import random
from collections.abc import Sequence

from msgspec.structs import replace

from rocmtui.core.load.scenario import Endpoint, Message, Prompt, Scenario

_COMMON = """
time people way water word day part sound place year back thing name sentence man line boy farm end men land
home hand picture air animal page letter point mother answer study plant food sun state city tree story sea
night life paper river car feet care book group carry rain room friend idea fish mountain horse watch color
face wood list bird body dog family song door product wind question ship area rock order fire problem piece
king space
"""
WORDS = tuple(_COMMON.split())
"""Common words that most tokenizers hold whole, so that a word more is a token more."""

MAX_PROMPTS = 500
"""Different prompts made for one load; longer loads use them in turn."""
MAX_CHARACTERS = 8_000_000
NONCE_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


def prompt_count(requests: int | None, warmup: int, length: int) -> int:
    """How many different prompts a load gets: one a request, within bounds of number and memory."""
    wanted = MAX_PROMPTS if requests is None else min(requests + warmup, MAX_PROMPTS)
    return max(min(wanted, MAX_CHARACTERS // max(length, 1)), 1)


def seed_of(scenario: Scenario) -> str:
    """What the prompts of a run are drawn from."""
    text = scenario.prompt.nonce_text
    return str(scenario.seed) if text is None or not scenario.prompt.nonce else f"{scenario.seed} {text}"


def with_nonce(scenario: Scenario, drawn: str) -> Scenario:
    """The scenario with a nonce of its own, where it is to have one and names none."""
    if not scenario.prompt.nonce or scenario.prompt.nonce_text is not None:
        return scenario
    return replace(scenario, prompt=replace(scenario.prompt, nonce_text=drawn))


def without_nonce(scenario: Scenario) -> Scenario:
    """The same load, its nonce to be drawn anew: prompts sent before would come from the server's cache."""
    return replace(scenario, prompt=replace(scenario.prompt, nonce_text=None))


def random_words(seed: int | str, index: int, count: int, words: Sequence[str] = WORDS) -> list[str]:
    """The words of prompt number `index`."""
    return random.Random(f"{seed}/{index}").choices(words, k=count)


def nonce(seed: int | str, index: int) -> str:
    """Eight letters that begin prompt number `index` and no other."""
    return "".join(random.Random(f"nonce/{seed}/{index}").choices(NONCE_LETTERS, k=8))


def to_prompt(text: str, endpoint: Endpoint, expected_tokens: int | None = None) -> Prompt:
    """One text as the endpoint wants it: a user's message for chat."""
    if endpoint == "chat":
        return Prompt(messages=(Message("user", text),), expected_tokens=expected_tokens)
    return Prompt(text=text, expected_tokens=expected_tokens)


def with_prefix(prompt: Prompt, prefix: str) -> Prompt:
    """The prompt with something before its text, or before its first message."""
    if prompt.text is not None:
        return replace(prompt, text=prefix + prompt.text)
    first, *others = prompt.messages
    return replace(prompt, messages=(beginning_with(first, prefix), *others))


def text_of(message: Message) -> str:
    """The text of a message, its text parts joined."""
    content = message.content
    if content is None or isinstance(content, str):
        return content or ""
    return "".join(str(part.get("text", "")) for part in content)


def beginning_with(message: Message, mark: str) -> Message:
    """The message with something before its text."""
    content = message.content
    if content is None or isinstance(content, str):
        return replace(message, content=mark + (content or ""))
    return replace(message, content=({"type": "text", "text": mark}, *content))


def characters_of(prompt: Prompt) -> int:
    """About how long a prompt is, for those who have to bound memory."""
    return len(prompt.text or "") + sum(len(text_of(message)) for message in prompt.messages)
