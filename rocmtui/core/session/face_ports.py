"""The Protocols the faces speak through: what the app draws from and asks of a session and its files."""

from __future__ import annotations

from typing import Protocol

from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.load.scenario import Scenario
from rocmtui.core.server.state import LaunchPlan, ServerStatus
from rocmtui.core.session.launch import BinaryFound, CommandPreview, MemoryFit, ModelsFound
from rocmtui.core.session.settings import Settings
from rocmtui.core.session.view import SessionView


class Session(Protocol):
    """What the app holds: a view to draw and the actions a user can take.

    A live session does them; a replay raises UsageError for those that make no sense in it.
    """

    def view(self) -> SessionView:
        """The newest view; the same object when nothing changed."""

    @property
    def is_replay(self) -> bool: ...

    async def start_server(self, plan: LaunchPlan) -> ServerStatus:
        """Start (or restart with other settings) and return when ready or failed."""

    async def attach(
        self, url: str, api_key_env: str | None = None, *, model: str | None = None
    ) -> ServerStatus: ...
    async def stop_server(self) -> None: ...
    async def start_load(self, scenario: Scenario) -> None: ...
    async def stop_load(self) -> None: ...
    async def set_concurrency(self, concurrency: int) -> None: ...
    async def set_rate(self, rate: float) -> None: ...
    async def pause(self) -> None: ...
    async def resume(self) -> None: ...
    async def set_baseline(self, run_dir: str | None) -> None: ...

    async def close(self, *, keep_server: bool = False) -> None:
        """Stop all, save the run; returns in under 2 s."""


SPEEDS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""How many times as fast as it was a run is shown."""


class ReplayControls(Protocol):
    """What a replay offers besides the view."""

    def play(self, playing: bool) -> None: ...
    def seek(self, position_ns: int) -> None: ...
    def step(self, events: int) -> None: ...
    def set_speed(self, speed: float) -> None: ...


class LaunchCatalog(Protocol):
    """What the launch screen chooses from. The searches may take seconds; the rest is quick and pure."""

    async def models(self, chosen: str = "") -> ModelsFound:
        """Search the usual places for model files; `chosen` is the path of one that may lie elsewhere."""

    async def binary(self) -> BinaryFound:
        """Find llama-server and ask it for its build."""

    async def gpus(self) -> tuple[GpuReading, ...]: ...

    def estimate(self, plan: LaunchPlan) -> MemoryFit | None:
        """What the plan would take on its device; None while the model or the device is not known."""

    def slots_at(self, plan: LaunchPlan) -> tuple[int | None, ...]:
        """The most slots of each of CONTEXTS that fit with the plan's other settings; None: not known."""

    def command_line(self, plan: LaunchPlan) -> CommandPreview:
        """What would be run. Raises UsageError when the plan cannot be run."""


class SettingsStore(Protocol):
    """Settings that outlive a session."""

    def read(self) -> Settings:
        """The newest settings; defaults where there is no file. Raises UsageError for a broken file."""

    def write(self, settings: Settings) -> None:
        """Keep them. Raises UsageError when the file cannot be written."""
