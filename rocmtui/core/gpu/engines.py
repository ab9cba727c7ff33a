"""How busy each process keeps a card's engines, from counters read again and again."""

from __future__ import annotations

from collections import defaultdict

from rocmtui.core.gpu.fdinfo import DrmClient

_Client = tuple[str, str, int]


class EngineUse:
    """Given every client at each look; a share is known from a client's second look on."""

    def __init__(self) -> None:
        self._now_ns = 0
        self._before_ns: int | None = None
        self._counters: dict[_Client, dict[str, int]] = {}
        self._newer: dict[_Client, dict[str, int]] = {}
        self._busy_ns: dict[tuple[int, str], dict[str, int]] = {}

    def begin(self, now_ns: int) -> None:
        """A look through all clients begins."""
        self._before_ns, self._now_ns = (self._now_ns if self._newer else None), now_ns
        self._counters, self._newer = self._newer, {}
        self._busy_ns = defaultdict(dict)

    def add(self, pid: int, client: DrmClient, device: str) -> None:
        """One client of a process; `device` tells the partitions of a card apart."""
        key = (client.pci, device, client.client_id)
        self._newer[key] = client.engine_ns
        before = self._counters.get(key)
        if before is None:
            return
        busy = self._busy_ns[pid, client.pci]
        for engine, counter in client.engine_ns.items():
            grown = max(counter - before.get(engine, 0), 0)
            busy[engine] = busy.get(engine, 0) + grown

    def percent(self, pid: int, pci: str) -> dict[str, float]:
        """As fields of MemoryUser; none for engines that are not told."""
        if self._before_ns is None or self._now_ns <= self._before_ns:
            return {}
        passed_ns = self._now_ns - self._before_ns
        busy = self._busy_ns.get((pid, pci), {})
        return {f"{engine}_percent": min(100 * ns / passed_ns, 100.0) for engine, ns in busy.items()}
