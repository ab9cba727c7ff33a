"""What a bench or sweep needs of the world."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Literal, Protocol

from rocmtui.core.bench.result import BenchLine
from rocmtui.core.bench.settling import MachineReading
from rocmtui.core.gpu.reading import GpuSummary
from rocmtui.core.load.scenario import Scenario
from rocmtui.core.report.document import Report
from rocmtui.core.server.state import LaunchPlan, ServerStatus
from rocmtui.core.session.view import SessionView


class BenchSession(Protocol):
    """A live session, as far as a bench needs it."""

    def view(self) -> SessionView: ...

    async def start_server(self, plan: LaunchPlan) -> ServerStatus:
        """Start, or restart with this plan, and return when ready or failed."""
        ...

    async def stop_server(self) -> None: ...

    async def start_load(self, scenario: Scenario) -> None: ...

    async def wait_load(self) -> Report | None:
        """Until the load has ended and its run is saved."""
        ...

    async def stop_load(self, reason: Literal["stopped", "interrupted"] = "stopped") -> None: ...

    def asked_by_us(self) -> AbstractContextManager[None]:
        """Within it what the server does beside a load is nobody else's."""
        ...

    def server_gpu(self) -> tuple[GpuSummary, ...]:
        """Each card over the life of the server started last, what it gave back included."""
        ...


class MachineWatch(Protocol):
    """Reads how busy the machine is."""

    def read(self, server_pid: int | None) -> MachineReading:
        """Since the last call; the server's own work and ours left out."""
        ...


class ResultStore(Protocol):
    """Where results go as they come."""

    def append(self, line: BenchLine) -> None:
        """Write one line, on disk when it returns. Raises RunFolderError when it cannot."""
        ...
