"""The address of a server as people type it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from rocmtui.errors import UsageError

EXAMPLE = "such as http://127.0.0.1:8080, gpu-box:8080 or unix:///run/llama.sock"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def parse_server_url(text: str) -> str:
    """The URL of a server from `8080`, `host:port` or a whole URL, without a path. Raises UsageError."""
    typed = text.strip()
    if typed.startswith("unix://"):
        if len(typed) > len("unix:///"):
            return typed
        raise UsageError("a path is missing after unix://", EXAMPLE)
    if typed.isdigit():
        typed = f"127.0.0.1:{typed}"
    if "://" not in typed:
        typed = f"http://{typed}"
    try:
        parts = urlsplit(typed)
        port = parts.port
    except ValueError:
        raise UsageError("this is no address", EXAMPLE) from None
    if parts.scheme not in ("http", "https"):
        raise UsageError(f"{parts.scheme}:// cannot be used", EXAMPLE)
    if not parts.hostname or any(char.isspace() for char in typed):
        raise UsageError("a host is missing" if not parts.hostname else "this is no address", EXAMPLE)
    if parts.username is not None:
        raise UsageError("no user or key in the address", "name the variable that holds the key")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")


def key_variable_problem(text: str) -> str | None:
    """What is wrong with the name of the variable that holds an API key."""
    name = text.strip()
    if not name or _NAME.fullmatch(name):
        return None
    return "the name of a variable, never the key itself"
