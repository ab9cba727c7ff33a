"""A server found running, and how a command line tells where it listens."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import msgspec

from rocmtui.core.gguf.split import value_of
from rocmtui.core.server.url import reachable

EMBEDDED_MODULE = "rocmtui.embedded.llama.server"
SECRET_OPTIONS = ("--api-key", "-hft", "--hf-token")
BLOT = "•••"


class FoundServer(msgspec.Struct, frozen=True, kw_only=True):
    """A server one could attach to. Names are untrusted text."""

    url: str
    how: Literal["left running", "process", "port 8080"]
    pid: int | None = None
    model: str | None = None
    health: str = "ok"
    """`ok`, `loading` or `timeout` (it listens, but does not answer)."""
    api_key_env: str | None = None


def found_words(server: FoundServer) -> str:
    """What is known of it: how it was found, model, pid, and whether it answers."""
    words = [{"process": "a llama-server", "port 8080": "on the usual port"}.get(server.how, server.how)]
    words += [server.model] if server.model else []
    words += [f"pid {server.pid}"] if server.pid else []
    words += {"loading": ["loading"], "timeout": ["does not answer"]}.get(server.health, [])
    return ", ".join(words)


def served_url(command: Sequence[str]) -> str | None:
    """Where a llama-server with this command line listens; None for any other program."""
    if not command:
        return None
    name = command[0].rpartition("/")[2]
    if name != "llama-server" and EMBEDDED_MODULE not in command[:4]:
        return None
    host = value_of(command, ("--host",)) or "127.0.0.1"
    if host.endswith(".sock"):
        return f"unix://{host}"
    return f"http://{reachable(host.split(',')[0])}:{value_of(command, ('--port',)) or '8080'}"


def hide_keys(command: Sequence[str]) -> tuple[str, ...]:
    """The command line with the values of options that hold secrets blotted out, fit to be shown and kept."""
    return tuple(_blotted(previous, word) for previous, word in pairwise(("", *command)))


def _blotted(previous: str, word: str) -> str:
    name, equals, _ = word.partition("=")
    if equals and name in SECRET_OPTIONS:
        return f"{name}={BLOT}"
    return BLOT if previous in SECRET_OPTIONS else word
