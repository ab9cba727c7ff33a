"""What the server of known latencies answers besides replies: health, properties, a word tokenizer."""

from __future__ import annotations

import re
from typing import Any

from rocmtui.core.answers.texts import LOOK
from rocmtui.embedded.known.behaviour import KnownBehaviour
from rocmtui.embedded.known.wire import MODEL, error, plain

N_CTX = 4096
_WORD = re.compile(r"\s*\S+|\s+")


class Vocabulary:
    """Tokens are words with the spaces before them; numbers are given as they are met."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._words: list[str] = []

    def tokens(self, text: str) -> list[int]:
        """The numbers of the words of a text."""
        return [self._number(word) for word in _WORD.findall(text)]

    def text(self, tokens: list[int]) -> str:
        """The words again."""
        return "".join(self._words[token] for token in tokens if 0 <= token < len(self._words))

    def _number(self, word: str) -> int:
        number = self._numbers.setdefault(word, len(self._words))
        if number == len(self._words):
            self._words.append(word)
        return number


def templated(messages: list[dict[str, str]]) -> str:
    """A chat as one text."""
    turns = "".join(f"<{message['role']}> {message['content']} </turn> " for message in messages)
    return turns + "<assistant>"


def prompt_text(body: dict[str, Any]) -> str:
    """The text a request wants continued."""
    if "messages" in body:
        return templated(body["messages"])
    return str(body.get("prompt", ""))


def short_answer(path: str, body: dict[str, Any], *, nonsense: bool) -> object:
    """The answer to a question without a stream: the right word after a text that is certain."""
    asked = body.get("prompt", "")
    if "messages" in body:
        asked = body["messages"][-1]["content"]
    right = next((text.expected[0] for text in LOOK if str(asked).endswith(text.prompt)), "token")
    word = "@" if nonsense else f" {right}"
    top = [{"id": 1, "token": word, "logprob": -0.05}]
    listed = [{**top[0], "top_logprobs": top}]
    if path == "/completion":
        return {"content": word, "completion_probabilities": listed}
    if path == "/v1/completions":
        return {"choices": [{"text": word, "finish_reason": "length"}]}
    return {"choices": [{"message": {"content": word}, "finish_reason": "length"}]}


WHOLE_PATHS = {"/v1/embeddings": "embeddings", "/v1/rerank": "reranking"}
"""What is answered whole, and the flag it needs."""


class Endpoints:
    """Answers that take no time."""

    def __init__(self, behaviour: KnownBehaviour) -> None:
        self._behaviour = behaviour
        self.vocabulary = Vocabulary()

    def answer(self, path: str, body: dict[str, Any], busy: int) -> bytes:
        """The response to a request that wants no reply from the model."""
        if path in ("/health", "/v1/health"):
            return plain(200, {"status": "ok"})
        if path in ("/v1/models", "/models"):
            return plain(200, {"object": "list", "data": [{"id": MODEL, "object": "model"}]})
        answer = self._llama_only(path, body, busy) if self._behaviour.llama else None
        return error(404, "File Not Found", "not_found_error") if answer is None else plain(200, answer)

    def whole(self, path: str, body: dict[str, Any]) -> bytes:
        """Embeddings, or scores, of all inputs; an error as llama-server words it where it has none."""
        if not self._behaviour.embeddings:
            flag = WHOLE_PATHS[path]
            return error(
                501, f"This server does not support {flag}. Start it with `--{flag}`", "not_supported_error"
            )
        inputs = body.get("input") or body.get("documents") or []
        tokens = sum(len(self.vocabulary.tokens(text)) for text in inputs)
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        if path == "/v1/rerank":
            scores = [{"index": n, "relevance_score": 0.5} for n in range(len(inputs))]
            return plain(200, {"object": "list", "results": scores, "usage": usage})
        data = [{"object": "embedding", "index": n, "embedding": [0.5] * 8} for n in range(len(inputs))]
        return plain(200, {"object": "list", "data": data, "usage": usage})

    def _llama_only(self, path: str, body: dict[str, Any], busy: int) -> object:
        slots = self._behaviour.slots or 1
        if path == "/props":
            return {
                "default_generation_settings": {"n_ctx": N_CTX},
                "total_slots": slots,
                "model_alias": MODEL,
                "model_path": MODEL,
                "build_info": "known",
                "endpoint_slots": True,
            }
        if path == "/slots":
            return [
                {"id": slot, "n_ctx": N_CTX, "speculative": False, "is_processing": slot < busy}
                for slot in range(slots)
            ]
        if path == "/tokenize":
            return {"tokens": self.vocabulary.tokens(body.get("content", ""))}
        if path == "/detokenize":
            return {"content": self.vocabulary.text(body.get("tokens", []))}
        if path == "/apply-template":
            return {"prompt": templated(body.get("messages", []))}
        return None
