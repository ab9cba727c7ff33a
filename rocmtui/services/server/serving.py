"""Which process serves at an address: the one we started, one that it wraps, or one that was found there."""

from __future__ import annotations

from itertools import pairwise
from posixpath import basename

import msgspec

from rocmtui.core.server.found import hide_keys
from rocmtui.core.server.program import Program
from rocmtui.core.server.state import LocalProcess, ServerFacts
from rocmtui.core.session.ports import Clock, LaunchedServer, ServerLauncher

LOOK_S, LOOKS = 0.1, 20
"""How often, and how many times, an outside server is looked at after it was asked to end."""


class Serving:
    """Of a server we launched, or (`launched` None) one that was found running."""

    def __init__(
        self, url: str, launched: LaunchedServer | None, launcher: ServerLauncher, clock: Clock
    ) -> None:
        self.url = url
        self._own = launched.process if launched is not None else None
        self._compiler = launched.compiler if launched is not None else None
        self._launcher = launcher
        self._clock = clock
        self.found: LocalProcess | None = None
        """The process that serves, if it can be seen from here and is not the one we started."""
        self.outside: LocalProcess | None = None
        """What serves for us without being a process that we started: our signals do not reach it."""
        self._program: Program | None = None
        self.look_again()

    def look_again(self) -> None:
        """One that was found running may have been replaced by another."""
        if self._own is None:
            self.found = self._launcher.find_process(self.url)

    @property
    def pid(self) -> int | None:
        """Its process id, if it is a process of this machine."""
        process = self.found or self._own
        return process.pid if process is not None else None

    @property
    def command(self) -> tuple[str, ...]:
        """Its command line, as far as it can be seen; keys in it are hidden."""
        process = self._own or self.found
        return hide_keys(process.command) if process is not None else ()

    def is_suspended(self) -> bool:
        """Whether its process is stopped by SIGSTOP or a debugger."""
        return self._own is not None and self._own.is_stopped()

    def stranger(self) -> LocalProcess | None:
        """Who listens at our address instead of what we started, as far as it can be seen."""
        listener = self._launcher.find_process(self.url)
        ours = listener is None or self._own is None or self._own.owns(listener.pid)
        return None if ours else listener

    def take_listener(self, stranger: LocalProcess | None) -> None:
        """The process that serves, where the one we started is only its wrapper."""
        listener = self._launcher.find_process(self.url)
        if listener is not None and self._own is not None and listener.pid != self._own.pid:
            self.found = listener
        self.outside = stranger

    def ask_outside(self) -> None:
        """A first SIGTERM to what serves without being ours, as a container's server does."""
        if self.outside is not None:
            self._launcher.end_process(self.outside.pid)

    async def end_outside(self) -> bool:
        """Once what started it has ended: ask, then kill; whether it is gone from the address."""
        for kill in (False, True):
            if self.outside is None or not self._is_at_address(self.outside):
                return True
            self._launcher.end_process(self.outside.pid, kill=kill)
            for _ in range(LOOKS):
                await self._clock.sleep(LOOK_S)
                if not self._is_at_address(self.outside):
                    return True
        return self.outside is None

    def _is_at_address(self, process: LocalProcess) -> bool:
        listener = self._launcher.find_process(self.url)
        return listener is not None and listener.pid == process.pid

    def serves_model_of(self, facts: ServerFacts) -> bool:
        """Whether the listener's model bears the name of the one we gave, as a container's does."""
        given = self._own.command if self._own is not None else ()
        file = next((word for flag, word in pairwise(given) if flag == "-m"), "")
        return bool(file) and basename(file) == basename(facts.model_path or facts.model or "")

    async def identify(self) -> None:
        """Read what the process is made of, before anything is measured."""
        if self.pid is not None:
            self._program = await self._launcher.program(self.pid)

    def program(self, flags: tuple[str, ...]) -> Program | None:
        """Its files, with what its words and its log (`flags`) add; None where they cannot be seen."""
        if self._program is None:
            return None
        return msgspec.structs.replace(self._program, compiler=self._compiler, flags=flags)
