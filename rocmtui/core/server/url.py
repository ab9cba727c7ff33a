"""The address of a server as people type it."""

from __future__ import annotations

from contextlib import suppress
from ipaddress import ip_address
from urllib.parse import urlsplit

from rocmtui.core.text.late_regex import LateRegex
from rocmtui.errors import UsageError

EXAMPLE = "such as http://127.0.0.1:8080, gpu-box:8080 or unix:///run/llama.sock"
UNIX_PREFIX = "unix://"
ANYWHERE = ("0.0.0.0", "::", "*")
_FROM_V1 = LateRegex(r"/v1(/.*)?$")
_NAME = LateRegex(r"[A-Za-z_][A-Za-z0-9_]*")


def parse_server_url(text: str) -> str:
    """The URL of a server from `8080`, `host:port` or a whole URL. Raises UsageError.

    The path of a proxy stays; `/v1` and what follows it are added to each request anyway.
    """
    typed = text.strip()
    if typed.startswith(UNIX_PREFIX):
        if typed.removeprefix(UNIX_PREFIX).strip("/"):
            return typed
        raise UsageError("a path is missing after unix://", EXAMPLE)
    if typed.isdigit():
        typed = f"127.0.0.1:{typed}"
    if "://" not in typed:
        typed = f"http://{typed}"
    try:
        parts = urlsplit(typed)
        port = parts.port
        (parts.hostname or "").encode("idna").decode("idna")  # UnicodeError: a label that cannot be
    except ValueError:
        raise UsageError("this is no address", EXAMPLE) from None
    if parts.scheme not in ("http", "https"):
        raise UsageError(f"{parts.scheme}:// cannot be used", EXAMPLE)
    if not parts.hostname or port == 0 or any(char.isspace() for char in typed):
        raise UsageError("this is no address" if parts.hostname else "a host is missing", EXAMPLE)
    if parts.username is not None:
        raise UsageError("no user or key in the address", "give a key by --api-key-env")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    path = _FROM_V1.sub("", parts.path).rstrip("/")
    return f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "") + path


def http_base(url: str) -> tuple[str, str | None]:
    """Of a URL as `parse_server_url` gives it, what an HTTP client is told, and the path of a unix socket."""
    if url.startswith(UNIX_PREFIX):
        return "http://localhost", url.removeprefix(UNIX_PREFIX)
    return url, None


def host_of(url: str) -> str:
    """The host of a URL without brackets; empty where there is none, or the text is no URL."""
    with suppress(ValueError):
        return urlsplit(url).hostname or ""
    return ""


def port_of(url: str) -> int | None:
    """The port a URL names; None where it names none, or the text is no URL."""
    with suppress(ValueError):
        return urlsplit(url).port
    return None


def reachable(host: str) -> str:
    """Where to reach a server that listens at `host`, as it stands in a URL."""
    if host in (*ANYWHERE, ""):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def is_this_machine(host: str) -> bool:
    """Whether a host, written without brackets, can only be this machine: 127.0.0.0/8, ::1 or localhost."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def key_variable_problem(text: str) -> str | None:
    """What is wrong with the name of the variable that holds an API key."""
    name = text.strip()
    if not name or _NAME.fullmatch(name):
        return None
    return "the name of a variable, never the key itself"
