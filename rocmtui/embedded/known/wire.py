"""The bytes of a reply, as llama-server writes them: each event in a chunk of its own."""

from __future__ import annotations

from typing import Any

import msgspec

MODEL = "known"
END = b"0\r\n\r\n"
HEADERS = (
    b"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5, max=100\r\nContent-Type: text/event-stream\r\n"
    b"Server: llama.cpp\r\nTransfer-Encoding: chunked\r\n\r\n"
)
"""llama-server announces keep-alive and closes the connection all the same."""
_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    501: "Not Implemented",
    503: "Service Unavailable",
}


def chunk(data: bytes) -> bytes:
    """One piece of a chunked body."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def event(payload: object) -> bytes:
    """One server-sent event in a chunk of its own."""
    return chunk(b"data: " + msgspec.json.encode(payload) + b"\n\n")


def plain(status: int, body: object, content_type: str = "application/json") -> bytes:
    """A whole response that is no stream."""
    data = body if isinstance(body, bytes) else msgspec.json.encode(body)
    head = f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: {content_type}\r\n"
    return f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data


def error(status: int, message: str, kind: str, **more: object) -> bytes:
    """A response with an error as llama-server words it."""
    return plain(status, {"error": {"code": status, "message": message, "type": kind, **more}})


class ReplyShape:
    """The events of one endpoint."""

    def __init__(self, path: str) -> None:
        self._native = path == "/completion"
        self._chat = path == "/v1/chat/completions"
        self.kind = (self._native, self._chat)

    def token(self, text: str, *, reasoning: bool = False) -> bytes:
        """An event with text."""
        if self._native:
            return event({"index": 0, "content": text, "tokens": [7], "stop": False, "id_slot": -1})
        if self._chat:
            return self._choice(delta={"reasoning_content" if reasoning else "content": text})
        return self._choice(text=text)

    def opening(self) -> bytes:
        """What comes with the first token: the role, in a chat."""
        return self._choice(delta={"role": "assistant", "content": None}) if self._chat else b""

    def progress(self, processed: int, total: int) -> bytes:
        """A progress event, with the role once more."""
        progress = {"total": total, "cache": 0, "processed": processed, "time_ms": 1}
        if self._native:
            return event({"index": 0, "content": "", "stop": False, "prompt_progress": progress})
        role = {"index": 0, "finish_reason": None, "delta": {"role": "assistant", "content": None}}
        return event({"choices": [role], "prompt_progress": progress})

    def closing(self, *, timings: dict[str, Any] | None, prompt: int, cached: int, output: int) -> bytes:
        """What follows the last token."""
        server = {} if timings is None else {"timings": timings}
        if self._native:
            return event(
                {
                    "index": 0,
                    "content": "",
                    "stop": True,
                    "stop_type": "limit",
                    "id_slot": 0,
                    "tokens_predicted": output,
                    "tokens_evaluated": prompt,
                    **server,
                }
            )
        usage = {
            "completion_tokens": output,
            "prompt_tokens": prompt,
            "total_tokens": prompt + output,
            "prompt_tokens_details": {"cached_tokens": cached},
        }
        finish = self._choice("length", delta={}) if self._chat else self._choice("length", text="")
        return finish + event({"choices": [], "usage": usage, **server}) + chunk(b"data: [DONE]\n\n")

    def _choice(self, finish_reason: str | None = None, **content: object) -> bytes:
        choice = {"finish_reason": finish_reason, "index": 0, **content}
        return event(
            {
                "choices": [choice],
                "created": 1_700_000_000,
                "id": "chatcmpl-known",
                "model": MODEL,
                "system_fingerprint": "known",
                "object": "chat.completion.chunk" if self._chat else "text_completion",
            }
        )
