"""Who takes a body at its stamps, and what is no HTTP at all."""

from __future__ import annotations

from typing import Protocol

from rocmtui.adapters.wire.lean_httpx import httpx
from rocmtui.core.request.network import NetworkFigures


class NotHttp(httpx.RemoteProtocolError):
    """The bytes that came are no HTTP response."""


class BodyTap(Protocol):
    """Takes the body at its stamp, without a task switch; used instead of reading the response's stream."""

    def head(self, status: int, content_type: str, at_ns: int) -> bool:
        """The headers came. True: give me the body. False: leave it in the response's stream."""

    def body(self, data: bytes, at_ns: int) -> bool:
        """What a read brought of the body, with its stamp. False: enough, close the connection."""

    def done(self, at_ns: int) -> None:
        """The body came to its proper end with the read stamped `at_ns`."""

    def sent(self, at_ns: int, connect_ns: int | None) -> None:
        """The request goes out on a connection that took `connect_ns` to open."""

    def stale(self) -> None:
        """The connection died before the first byte of a response; the request is sent once more."""

    def network(self, figures: NetworkFigures) -> None:
        """The kernel's figures of the connection, at its end; not told where it has none."""
