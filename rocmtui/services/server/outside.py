"""A server that serves for us without being a process we started, as a container's does."""

from __future__ import annotations

from rocmtui.core.session.ports import Clock, LocalProcess, ServerLauncher

LOOK_S, LOOKS = 0.1, 20
"""How often, and how many times, it is looked at after it was asked to end."""


class Outside:
    """Ends such a server as far as that is possible."""

    def __init__(self, launcher: ServerLauncher, clock: Clock) -> None:
        self._launcher = launcher
        self._clock = clock

    def ask(self, outside: LocalProcess | None) -> None:
        """A first SIGTERM, where there is one."""
        if outside is not None:
            self._launcher.end_process(outside.pid)

    async def end(self, url: str, outside: LocalProcess | None) -> bool:
        """Once what started it has ended: ask, then kill; whether it is gone from the address."""
        for kill in (False, True):
            if outside is None or not self._serves(url, outside):
                return True
            self._launcher.end_process(outside.pid, kill=kill)
            for _ in range(LOOKS):
                await self._clock.sleep(LOOK_S)
                if not self._serves(url, outside):
                    return True
        return outside is None

    def _serves(self, url: str, outside: LocalProcess) -> bool:
        found = self._launcher.find_process(url)
        return found is not None and found.pid == outside.pid
