"""Of the models an address serves, the one that is meant."""

from __future__ import annotations

import json

import pytest

from rocmtui.core.server.models import OfferedModel, choose_model, listed, read_models
from rocmtui.errors import UsageError

URL = "http://box:8080"


def offered(*models: object) -> tuple[OfferedModel, ...]:
    entries = [{"id": model} if isinstance(model, str) else model for model in models]
    found = read_models(json.dumps({"data": entries}).encode())
    assert found is not None
    return found


def chosen(wanted: str | None, *models: object) -> str | None:
    return choose_model(wanted, offered(*models), URL).id


@pytest.mark.parametrize(
    "first",
    [
        "text-embedding-nomic",
        "bge-m3",
        "jina-reranker-v2",
        "whisper-large-v3",
        {"id": "m1", "type": "embeddings"},
        {"id": "m2", "labels": ["reranking", "hot"]},
        {"id": "m3", "status": {"value": "loaded", "args": ["llama-server", "--embeddings"]}},
    ],
)
def test_a_model_that_does_not_chat_is_never_taken_unasked(first: object) -> None:
    assert chosen(None, first, "big-chat-7b") == "big-chat-7b"


def test_a_model_that_is_loaded_goes_before_one_that_is_not() -> None:
    models = ({"id": "a", "status": {"value": "unloaded"}}, {"id": "b", "status": {"value": "loaded"}})
    assert chosen(None, *models) == "b"
    assert chosen("a", *models) == "a"


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("qwen3", "qwen3:latest"),
        ("QWEN3:latest", "qwen3:latest"),
        ("tiny", "/models/Tiny.gguf"),
        ("Tiny.gguf", "/models/Tiny.gguf"),
        ("big", "deep/model"),
    ],
)
def test_a_name_is_found_by_what_people_call_it(wanted: str, name: str) -> None:
    models = ("qwen3:latest", "/models/Tiny.gguf", {"id": "deep/model", "aliases": ["big"]})
    assert chosen(wanted, *models) == name


def test_a_wrong_name_is_told_what_there_is() -> None:
    with pytest.raises(UsageError, match="no model 'gpt'") as caught:
        chosen("gpt", "embed-x", "chat-7b")
    assert caught.value.remedy == "it serves: embed-x, chat-7b"


def test_an_address_without_a_chat_model() -> None:
    with pytest.raises(UsageError, match="no model that can chat") as caught:
        chosen(None, "bge-small", "bge-large")
    assert "bge-small, bge-large" in str(caught.value.remedy)


def test_odd_entries_are_read_as_far_as_they_go() -> None:
    found = offered(
        {"id": "x", "aliases": "y", "labels": 5, "status": "up", "meta": [1]}, {"object": "model"}
    )
    assert [model.names for model in found] == [("x",), ()]
    assert (found[0].state, found[0].failure, found[0].sizes.size) == (None, None, None)
    assert read_models(b'{"data": null}') == ()
    assert read_models(b'{"object": "list"}') is None
    failed = offered({"id": "z", "status": {"value": "unloaded", "failed": True, "exit_code": 1}})[0]
    assert failed.failure == 1


def test_many_names_are_cut() -> None:
    assert listed([f"m{n}" for n in range(15)]).endswith("m11 and 3 more")


def test_of_models_that_draw_hear_and_speak_none_is_taken_for_one_that_chats() -> None:
    made = [
        {"id": "SD-Turbo", "recipe": "sd-cpp", "labels": ["image"]},
        {"id": "Scribe", "recipe": "own", "labels": ["audio", "transcription"]},
        {"id": "voice-v1", "recipe": "kokoro", "labels": ["tts"]},
        {"id": "Gemma-3-4b", "recipe": "llamacpp", "labels": ["hot", "vision"]},
    ]
    assert choose_model(None, offered(*made), URL).id == "Gemma-3-4b"
