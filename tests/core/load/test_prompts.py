"""Data sets, nonces and words."""

import pytest

from rocmtui.core.load.prompts import nonce, parse_dataset, prompt_count, random_words, to_prompt, with_prefix
from rocmtui.core.load.scenario import Endpoint, Message, Prompt
from rocmtui.errors import UsageError

HELLO = b'{"prompt": "hello", "id": 7}\n'
CHAT = b'{"messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hi"}]}\n'


def test_prompts_and_messages_with_other_keys_and_empty_lines() -> None:
    assert parse_dataset([HELLO, b"\n", CHAT], "d.jsonl", "chat") == (
        Prompt(messages=(Message("user", "hello"),)),
        Prompt(messages=(Message("system", "be brief"), Message("user", "hi"))),
    )
    assert parse_dataset([HELLO], "d.jsonl", "completion") == (Prompt(text="hello"),)


@pytest.mark.parametrize(
    ("line", "endpoint", "message"),
    [
        (b"{no", "chat", "d.jsonl, line 17 is not JSON: JSON is malformed"),
        (b"\xff\xfe", "chat", "d.jsonl, line 17 is not JSON: JSON is malformed"),
        (b'{"prompt": 5}', "chat", "d.jsonl, line 17: Expected `str | null`, got `int` - at `$.prompt`"),
        (b'{"text": "x"}', "chat", "d.jsonl, line 17 needs either a prompt or messages"),
        (b'{"prompt": "a", "messages": []}', "chat", "d.jsonl, line 17 needs either a prompt or messages"),
        (b'{"messages": []}', "chat", "d.jsonl, line 17: there are no messages"),
        (b'{"messages": [{"role": "user"}]}', "chat", "d.jsonl, line 17: Object missing required field"),
        (b'{"prompt": ""}', "chat", "d.jsonl, line 17: the prompt is empty"),
        (b"[1]", "chat", "d.jsonl, line 17: Expected `object`, got `array`"),
        (CHAT, "completion", "d.jsonl, line 17 holds messages, which only the chat endpoint takes"),
    ],
)
def test_a_bad_line_is_named(line: bytes, endpoint: Endpoint, message: str) -> None:
    with pytest.raises(UsageError) as refusal:
        parse_dataset([*[HELLO] * 16, line], "d.jsonl", endpoint)
    assert refusal.value.message.startswith(message)
    assert refusal.value.remedy


def test_a_data_set_without_prompts_is_refused() -> None:
    with pytest.raises(UsageError, match="holds no prompt"):
        parse_dataset([b"\n"], "d.jsonl", "chat")


def test_words_and_nonces_are_the_same_for_the_same_seed_and_differ_by_number() -> None:
    assert random_words(1, 5, 20) == random_words(1, 5, 20)
    assert random_words(1, 5, 20) != random_words(1, 6, 20)
    assert random_words(2, 5, 20) != random_words(1, 5, 20)
    assert len({nonce(1, index) for index in range(1000)}) == 1000


def test_prefix_goes_before_the_text_and_before_the_first_message() -> None:
    assert with_prefix(to_prompt("b", "completions"), "a ") == Prompt(text="a b")
    chat = Prompt(messages=(Message("system", "b"), Message("user", "c")))
    assert with_prefix(chat, "a ").messages == (Message("system", "a b"), Message("user", "c"))


@pytest.mark.parametrize(
    ("requests", "warmup", "length", "count"),
    [(3, 2, 100, 5), (None, 0, 100, 500), (100_000, 0, 100, 500), (100, 0, 4_000_000, 2), (5, 0, 10**9, 1)],
)
def test_number_of_prompts(requests: int | None, warmup: int, length: int, count: int) -> None:
    assert prompt_count(requests, warmup, length) == count
