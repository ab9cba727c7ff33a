"""A place to listen at."""

from __future__ import annotations

import socket

from rocmtui.errors import ServerStartError, UsageError


def free_port(host: str, port: int | None = None) -> int:
    """A port nobody listens at now, or `port` if that is free.

    Raises ServerStartError where one cannot listen (builds of llama-server before 2026-03 share a taken port
    without a word) and UsageError for a host that is no address.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port or 0, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            return int(listener.getsockname()[1])
    except socket.gaierror as error:
        raise UsageError(
            f"--host {host} is no address ({error.strerror})", "the usual one is 127.0.0.1"
        ) from error
    except OSError as error:
        raise ServerStartError(
            f"nothing can listen at {host} port {port or 'any'}: {error.strerror}",
            "leave --port out to get a free one, or end what holds it (`ss -ltnp`)",
            code="port_taken",
        ) from error
