"""An httpx client for questions to a server, over the timing transport."""

from __future__ import annotations

from rocmtui.adapters.wire.lean_httpx import httpx
from rocmtui.adapters.wire.timing_transport import TimingTransport
from rocmtui.core.server.url import http_base


def api_client(
    url: str, api_key: str | None, timeout: httpx.Timeout, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """Asks relative to `url` (also `unix:///path.sock`) with the key. Raises httpx.InvalidURL.

    `transport` is for tests.
    """
    base, socket = http_base(url)
    return httpx.AsyncClient(
        base_url=base,
        headers={"Authorization": f"Bearer {api_key}"} if api_key else {},
        timeout=timeout,
        transport=transport or TimingTransport(uds=socket),
        trust_env=False,
    )
