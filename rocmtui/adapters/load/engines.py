"""Starts each load process where its engine says."""

from __future__ import annotations

from rocmtui.adapters.load.dask_cluster import DaskSpawner
from rocmtui.adapters.load.process import ChildLoadProcess, ProcessSpawner
from rocmtui.adapters.load.ssh import spawn_over_ssh
from rocmtui.core.load.far.engine import DaskEngine, Engine, SshEngine


class EngineSpawner:
    """Implements `core.session.ports.LoadSpawner` for every engine."""

    def __init__(self) -> None:
        self._local = ProcessSpawner()
        self._dask = DaskSpawner()

    async def spawn(self, number: int, engine: Engine | None, api_key: str | None) -> ChildLoadProcess:
        """Start one. Raises LoadProcessError, and UsageError for an engine that is not installed."""
        match engine:
            case SshEngine():
                return await spawn_over_ssh(engine, number, api_key)
            case DaskEngine():
                return await self._dask.spawn(engine, number, api_key)
        return await self._local.spawn(number, engine, api_key)
