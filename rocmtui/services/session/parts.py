"""What a session is made of, and what it needs of the supervisor and of the GPU watch."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal, Protocol

import msgspec

from rocmtui.core.answers.ports import Asker
from rocmtui.core.gpu.reading import GpuSample, GpuSummary
from rocmtui.core.limits.ceiling import Ceiling
from rocmtui.core.load.scenario import Scenario, Target
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.server.replies import DraftCounts
from rocmtui.core.server.state import LaunchPlan, ServerStatus
from rocmtui.core.session.events import Event
from rocmtui.core.session.ports import Clock, EventSink
from rocmtui.errors import RocmtuiError
from rocmtui.services.load.exact_prompts import PromptSet
from rocmtui.services.load.group import LoadGroup
from rocmtui.services.session.fit_watch import FitWatch
from rocmtui.services.session.fleet_watch import FleetWatch
from rocmtui.services.session.run_keeper import RunKeeper


class ServerControl(Protocol):
    """The supervisor, as far as a session needs it."""

    @property
    def status(self) -> ServerStatus: ...

    async def ensure_ready(self, plan: LaunchPlan) -> ServerStatus: ...
    async def restart(self, plan: LaunchPlan) -> ServerStatus: ...
    async def attach(
        self, url: str, api_key: str | None = None, *, model: str | None = None, timeout_s: float = 600.0
    ) -> ServerStatus: ...
    async def wake(self, timeout_s: float) -> None: ...
    async def stop(self) -> ServerStatus: ...
    async def release(self) -> str: ...
    async def drafts(self) -> DraftCounts | None: ...
    async def silence(self) -> str | None: ...
    def error(self) -> RocmtuiError: ...
    async def close(self) -> None: ...


class GpuControl(Protocol):
    """The GPU watch, as far as a session needs it."""

    @property
    def sample(self) -> GpuSample | None: ...

    async def run(self) -> None: ...
    def observe(self, event: Event) -> None: ...

    def summary(
        self, output_tokens: int | None = None, scope: Literal["server", "load"] = "load"
    ) -> tuple[GpuSummary, ...]: ...

    async def close(self) -> None: ...


class SessionParts(msgspec.Struct, frozen=True, kw_only=True):
    """What a session is made of; wiring pairs them. The makers are given the session as their sink."""

    clock: Clock
    server: Callable[[EventSink], ServerControl]
    load: Callable[[EventSink], LoadGroup]
    gpu: Callable[[EventSink], GpuControl]
    keeper: RunKeeper
    build_prompts: Callable[[Scenario, str, str | None, str | None], Awaitable[PromptSet]]
    """Scenario, server address, key and model to prompts."""
    read_key: Callable[[str | None], str | None]
    """The key from the variable of that name. Raises UsageError when it is not set."""
    read_baseline: Callable[[str], LiveSnapshot]
    """The last snapshot of an earlier run. Raises RunFolderError."""
    find_target: Callable[[str, str | None], Awaitable[Target]]
    """What is served at an address, asked with a key."""
    fleet: Callable[[EventSink], FleetWatch]
    """Asks the servers after the first how full they are."""
    fit: Callable[[EventSink], FitWatch]
    """Holds what servers take against what was estimated."""
    ceiling: Callable[[ServerStatus], Ceiling | None]
    """How fast a server that is ready could decode at most; blocks for a moment. None: nobody knows."""
    asker: Callable[[Target, str | None], Asker]
    """Asks a server (with its key) short questions."""
