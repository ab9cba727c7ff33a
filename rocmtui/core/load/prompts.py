"""Prompts from words, texts and data sets; seeded, so that the same scenario sends the same prompts."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import NoReturn

import msgspec

from rocmtui.core.load.scenario import Endpoint, Message, Prompt, Scenario
from rocmtui.core.text.sanitize import clean_line
from rocmtui.core.text.untrusted_json import UNREADABLE
from rocmtui.errors import UsageError

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
    return msgspec.structs.replace(
        scenario, prompt=msgspec.structs.replace(scenario.prompt, nonce_text=drawn)
    )


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
        return msgspec.structs.replace(prompt, text=prefix + prompt.text)
    first, *others = prompt.messages
    begun = msgspec.structs.replace(first, content=prefix + first.content)
    return msgspec.structs.replace(prompt, messages=(begun, *others))


class _Line(msgspec.Struct):
    prompt: str | None = None
    messages: list[Message] | None = None


def parse_dataset(lines: Iterable[bytes], name: str, endpoint: Endpoint) -> tuple[Prompt, ...]:
    """Prompts of a JSONL data set: `{"prompt": TEXT}` or `{"messages": [{"role", "content"}, ...]}` a line.

    Empty lines are passed over, further keys ignored. Raises UsageError with the number of a bad line.
    """
    prompts = tuple(
        parse_line(line, f"{clean_line(name, 200)}, line {number}", endpoint)
        for number, line in enumerate(lines, 1)
        if line.strip()
    )
    if not prompts:
        raise no_prompts(name)
    return prompts


def no_prompts(name: str) -> UsageError:
    """The data set has no line."""
    return UsageError(f"{clean_line(name, 200)} holds no prompt", 'write {"prompt": "..."} on each line')


def parse_line(line: bytes, where: str, endpoint: Endpoint) -> Prompt:
    """One line of a data set. Raises UsageError that begins with `where`."""
    try:
        entry = msgspec.json.decode(line, type=_Line)
    except msgspec.ValidationError as error:
        _refuse(f"{where}: {clean_line(str(error))}")
    except UNREADABLE as error:
        _refuse(f"{where} is not JSON: {clean_line(str(error))}")
    if (entry.prompt is None) == (entry.messages is None):
        _refuse(f"{where} needs either a prompt or messages")
    if entry.prompt is not None:
        if not entry.prompt:
            _refuse(f"{where}: the prompt is empty")
        return to_prompt(entry.prompt, endpoint)
    if not entry.messages:
        _refuse(f"{where}: there are no messages")
    if endpoint != "chat":
        raise UsageError(f"{where} holds messages, which only the chat endpoint takes", "use --endpoint chat")
    return Prompt(messages=tuple(entry.messages))


def _refuse(what: str) -> NoReturn:
    raise UsageError(
        what, 'a line is {"prompt": "..."} or {"messages": [{"role": "user", "content": "..."}]}'
    )
