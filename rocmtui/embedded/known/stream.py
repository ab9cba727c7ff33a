"""One reply of the server of known latencies, written at its times or failing as it was told."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from rocmtui.core.doctor.known_truth import ServedReply
from rocmtui.embedded.known.behaviour import Fault
from rocmtui.embedded.known.endpoints import N_CTX, prompt_text
from rocmtui.embedded.known.ledger import Ledger
from rocmtui.embedded.known.wire import END, HEADERS, ReplyShape, chunk, error, event, plain

MAKE_UP = 0.5
"""A token comes so much of the usual gap after the last one at least, however late that was."""
_NUMBER = re.compile(r"\d{1,9}")
_NO_ROOM = f"request (9999 tokens) exceeds the available context size ({N_CTX} tokens), try increasing it"
_AT_ONCE: dict[Fault | None, bytes | None] = {
    Fault.STALE: b"",
    Fault.NO_ANSWER: None,
    Fault.LOADING: error(503, "Loading model", "unavailable_error"),
    Fault.TOO_LONG: error(400, _NO_ROOM, "exceed_context_size_error", n_prompt_tokens=9999, n_ctx=N_CTX),
    Fault.HTML: plain(200, b"<html>It works!</html>", "text/html"),
    Fault.NOT_HTTP: b"SSH-2.0-OpenSSH_9.2\r\n",
}
"""What is answered instead of a reply; None: nothing, ever."""
_CONTEXT_FULL = {"code": 500, "message": "Context size has been exceeded.", "type": "server_error"}
_MID_STREAM: dict[Fault | None, bytes | None] = {
    Fault.CUT: b'45\r\ndata: {"choices"',
    Fault.IN_STREAM_ERROR: event({"error": _CONTEXT_FULL}) + END,
    Fault.STALL: None,
    Fault.BROKEN_JSON: chunk(b"data: {{{\n\n") + END,
}
"""What follows `fault_after` tokens, and then the end; None: silence."""


class KnownReply:
    """A reply at its times: headers, tokens, end. Its own stamps travel in its `timings`."""

    def __init__(
        self,
        server: Ledger,
        write: Callable[[bytes], int],
        close: Callable[[], None],
        path: str,
        body: dict[str, Any],
        received_ns: int,
    ) -> None:
        self._server = server
        self._write = write
        self._close = close
        self._shape = ReplyShape(path)
        prompt = prompt_text(body)
        number = _NUMBER.search(prompt)
        self._number = int(number[0]) if number else None
        self._prompt_tokens = len(server.endpoints.vocabulary.tokens(prompt))
        self._tokens = int(body.get("n_predict") or body.get("max_tokens") or server.behaviour.tokens)
        self._sent = 0
        self._written_ns: list[int] = []
        self._received_ns = received_ns
        self._began_ns = 0
        self._due_ns = 0
        self._first_ns = 0
        self._fault = server.begin()
        self._over = self._fault is Fault.NO_ANSWER
        if self._fault in _AT_ONCE:
            self._fail(_AT_ONCE[self._fault])
        else:
            server.wait_for_slot(self)

    def start(self, at_ns: int) -> None:
        """A slot is free since `at_ns`."""
        self._began_ns = max(at_ns, self._received_ns)
        self._later(self._server.behaviour.headers_ms, self._headers)

    @property
    def over(self) -> bool:
        """Whether it has ended, or its client has left."""
        return self._over

    def cut_off(self) -> None:
        """The client closed the connection."""
        if not self._over:
            self._over = True
            self._server.cancelled += 1
            self._server.leave(self)

    def _later(self, after_ms: float, step: Callable[[int], None], not_before_ns: int = 0) -> None:
        self._due_ns = self._began_ns + round(after_ms * 1e6)
        self._server.timer.at(max(self._due_ns, not_before_ns), step)

    def _headers(self, due_ns: int) -> None:
        if self._over:
            return
        self._write(HEADERS)
        if self._fault is Fault.EARLY_ROLE:
            self._write(self._shape.opening() + self._shape.progress(1, self._prompt_tokens))
        self._later(self._server.behaviour.ttft_ms, self._token)

    def _token(self, due_ns: int) -> None:
        """Write the next token or tokens; the event is due with the last of them."""
        if self._over:
            return None
        behaviour = self._server.behaviour
        now_ns = time.monotonic_ns()
        first = self._sent == 0
        carried = 1 if first else min(behaviour.tokens_per_event, self._tokens - self._sent)
        if first:
            self._first_ns = now_ns
        if self._fault in _MID_STREAM and self._sent >= behaviour.fault_after:
            return self._fail(_MID_STREAM[self._fault])
        self._server.wrote(now_ns - self._due_ns, carried)
        self._sent += carried
        data = self._server.token_bytes(self._shape, reasoning=self._reasons())
        if first:
            data = self._shape.opening() + data
        if self._sent >= self._tokens:
            self._written_ns.append(self._write(data + self._closing(now_ns)))
            self._finish()
        else:
            self._written_ns.append(self._write(data))
            upcoming = min(self._sent + behaviour.tokens_per_event, self._tokens)
            # A server that was held up makes up for it, but no token comes at the heels of another.
            soonest_ns = self._written_ns[-1] + round(behaviour.itl_ms * MAKE_UP * 1e6)
            after_ms = behaviour.ttft_ms + (upcoming - 1) * behaviour.itl_ms
            after_ms += behaviour.pause_ms * (upcoming > behaviour.pause_after)
            self._later(after_ms, self._token, soonest_ns)
        return None

    def _reasons(self) -> bool:
        return self._fault is Fault.REASONING and self._sent * 2 <= self._tokens

    def _closing(self, now_ns: int) -> bytes:
        if self._fault is Fault.NO_END:
            return END
        behaviour = self._server.behaviour
        cached = min(behaviour.cached_tokens, self._prompt_tokens)
        timings = {
            "cache_n": cached,
            "prompt_n": self._prompt_tokens - cached,
            "prompt_ms": (self._first_ns - self._began_ns) / 1e6,
            "predicted_n": self._tokens,
            "predicted_ms": (now_ns - self._first_ns) / 1e6,
        }
        closing = self._shape.closing(
            timings=timings if behaviour.llama else None,
            prompt=self._prompt_tokens,
            cached=cached,
            output=self._tokens,
        )
        return closing + END

    def _finish(self) -> None:
        self._over = True
        self._close()
        self._server.log(ServedReply(self._number, self._received_ns, tuple(self._written_ns)))
        self._server.leave(self)

    def _fail(self, words: bytes | None) -> None:
        """Say so much and close, or fall silent for ever."""
        if words is None:
            return
        self._write(words)
        self._finish()
