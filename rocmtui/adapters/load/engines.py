"""Starts each load process where its engine says."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from rocmtui.adapters.load.process import ChildLoadProcess, ProcessSpawner
from rocmtui.core.load.far.engine import DaskEngine, Engine, SshEngine

if TYPE_CHECKING:
    from rocmtui.adapters.load.dask_cluster import DaskSpawner


class EngineSpawner:
    """Implements `core.session.ports.LoadSpawner` for every engine; far ones are loaded when asked for."""

    def __init__(self) -> None:
        self._local = ProcessSpawner()

    async def spawn(self, number: int, engine: Engine | None, api_key: str | None) -> ChildLoadProcess:
        """Start one. Raises LoadProcessError, and UsageError for an engine that is not installed."""
        match engine:
            case SshEngine():
                from rocmtui.adapters.load.ssh import spawn_over_ssh

                return await spawn_over_ssh(engine, number, api_key)
            case DaskEngine():
                return await self._dask.spawn(engine, number, api_key)
        return await self._local.spawn(number, engine, api_key)

    @cached_property
    def _dask(self) -> DaskSpawner:
        from rocmtui.adapters.load.dask_cluster import DaskSpawner

        return DaskSpawner()
