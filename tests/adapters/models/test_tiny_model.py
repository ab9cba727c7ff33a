"""The tiny model of the test suite is one llama.cpp accepts and talks with."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.llama


@pytest.fixture(scope="module")
def url(tiny_model: Path) -> Iterator[str]:
    xllamacpp = pytest.importorskip("xllamacpp")
    params = xllamacpp.CommonParams()
    params.model.path = str(tiny_model)
    params.n_parallel, params.n_ctx, params.port, params.verbosity = 2, 1024, 0, 1
    server = xllamacpp.Server(params)
    yield str(server.listening_address)
    del server


def test_text_survives_the_tokenizer(url: str) -> None:
    text = "tell me a Story about 3 rivers, and \u00fcber 😀"
    tokens = httpx.post(f"{url}/tokenize", json={"content": text}).json()["tokens"]
    assert httpx.post(f"{url}/detokenize", json={"tokens": tokens}).json()["content"].strip() == text


def test_chat_streams_a_word_for_every_token_asked(url: str) -> None:
    body = {"messages": [{"role": "user", "content": "hello"}], "max_tokens": 50, "stream": True}
    reply = httpx.post(f"{url}/v1/chat/completions", json=body)
    events = [json.loads(line[6:]) for line in reply.text.splitlines() if line.startswith("data: {")]
    texts = [event["choices"][0]["delta"].get("content") for event in events]
    assert len([text for text in texts if text]) == 50
    assert all(text[1:].isalpha() for text in texts if text)
    assert events[-1]["choices"][0]["finish_reason"] == "length"
