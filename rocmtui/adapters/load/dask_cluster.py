"""Load processes on the workers of a Dask cluster; needs the extra `dask`.

A cluster is joined when the first process of a load is wanted and left when the last one has ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, cast

from rocmtui.adapters.load.carrier import ending_words
from rocmtui.adapters.load.dask_worker import LineCarrier
from rocmtui.adapters.load.process import MODULE, ChildLoadProcess
from rocmtui.adapters.load.ssh import LEASE_S
from rocmtui.core.load.far.engine import LOCAL_CLUSTER, DaskEngine
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import LoadProcessError, UsageError

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

JOIN_S = 15.0
CALL_S = 6.0
"""An answer takes a second at most (READ_WAIT_S) where the worker lives."""
REACH_S = 2.0
LOCAL_WORKERS = 2


class Cluster:
    """A client of one scheduler, shared by the processes of a load."""

    def __init__(self, client: Client, own: LocalCluster | None) -> None:
        self._client = client
        self._own = own
        self._users = 0
        self.workers: tuple[str, ...] = ()

    @classmethod
    async def join(cls, address: str) -> Cluster:
        """Connect, or make a cluster on this machine. Raises UsageError and LoadProcessError."""
        try:
            from distributed import Client, LocalCluster
        except ImportError as error:
            raise UsageError("--dask needs the extra: pip install 'rocmtui[dask]'", None) from error
        for name in ("distributed", "distributed.client", "distributed.worker", "tornado"):
            logging.getLogger(name).disabled = True  # they would write over the screen
        own = None
        try:
            if address == LOCAL_CLUSTER:
                own = await LocalCluster(
                    n_workers=LOCAL_WORKERS,
                    threads_per_worker=1,
                    dashboard_address="127.0.0.1:0",
                    asynchronous=True,
                )
            client = await Client(own or address, asynchronous=True, timeout=JOIN_S)
        except (OSError, TimeoutError, ValueError) as error:
            raise LoadProcessError(
                f"no Dask scheduler at {clean_line(address, 80)}: {clean_line(str(error), 160)}",
                "give --dask the address that `dask scheduler` prints",
            ) from error
        cluster = cls(client, own)
        try:
            await cluster._look()
        except BaseException:
            await cluster._leave()
            raise
        return cluster

    async def _look(self) -> None:
        self.workers = tuple(sorted(await self._client.nthreads()))
        if not self.workers:
            raise LoadProcessError("the Dask cluster has no workers", "start some: `dask worker ADDRESS`")
        # Straight to the workers where they can be reached, else by way of the scheduler.
        try:
            async with asyncio.timeout(REACH_S):
                await self._client.rpc(self.workers[0]).identity()
            self._client.direct_to_workers = True
        except (OSError, TimeoutError):
            self._client.direct_to_workers = False

    async def carrier(self, worker: str) -> DaskCarrier:
        """Launch a load process on a worker. Raises LoadProcessError."""
        self._users += 1
        try:
            async with asyncio.timeout(JOIN_S):
                future = self._client.submit(
                    LineCarrier, actor=True, workers=[worker], allow_other_workers=False, pure=False
                )
                actor = await future
                await actor.launch(("-m", MODULE, "--lease", str(LEASE_S)))
        except Exception as error:
            await self.release()
            said = clean_line(f"{type(error).__name__}: {error}", 200)
            raise LoadProcessError(
                f"the Dask worker {clean_line(worker, 80)} cannot launch a load process: {said}",
                "its Python needs the same rocmtui",
            ) from error
        return DaskCarrier(self, actor, future)

    async def release(self) -> None:
        """One user less; the last one leaves the cluster."""
        self._users -= 1
        if self._users == 0:
            await self._leave()

    @property
    def is_left(self) -> bool:
        """Whether nobody uses it any more."""
        return self._users == 0

    async def _leave(self) -> None:
        for close in (self._client.close, self._own.close if self._own else None):
            if close is not None:
                with contextlib.suppress(OSError, TimeoutError):
                    async with asyncio.timeout(CALL_S):
                        await cast(Awaitable[None], close())


class DaskCarrier:
    """Lines of a load process, through calls to its actor; implements Carrier."""

    def __init__(self, cluster: Cluster, actor: Any, future: Any) -> None:
        self._cluster = cluster
        self._actor = actor
        self._future = future
        self._buffer = bytearray()
        self._order = asyncio.Lock()
        self._calls: set[asyncio.Task[None]] = set()
        self._lost: str | None = None
        self._cut = asyncio.Event()
        self._end: asyncio.Task[str] | None = None

    async def readline(self) -> bytes:
        """Its next line; empty at its end, or when the worker is lost."""
        while (end := self._buffer.find(b"\n")) < 0:
            data = None if self._lost or self._cut.is_set() else await self._call("read")
            if data is None:
                return b""
            self._buffer += data
        line = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        return line

    async def write(self, data: bytes) -> None:
        """Give it lines, in the order of the calls."""
        async with self._order:
            if not self._lost:
                await self._call("write", data)

    def close_input(self) -> None:
        """Close its stdin."""
        self._spawn(self.write(b""))

    def kill(self) -> None:
        """Kill it, and hear nothing more of it."""
        self._cut.set()
        self._spawn(self._kill())

    async def ending(self) -> str:
        """How it ended, or that its worker is lost."""
        if self._end is None:
            self._end = asyncio.create_task(self._wait())
        return await asyncio.shield(self._end)

    async def _wait(self) -> str:
        """Its end, and ours: once."""
        found = None
        while not self._lost and found is None:
            found = await self._call("wait")
        await asyncio.gather(*self._calls, return_exceptions=True)
        self._future.release()
        await self._cluster.release()
        return ending_words(found[0], found[1].splitlines()) if found else self._lost or "was lost"

    async def _kill(self) -> None:
        if not self._lost:
            await self._call("kill")

    async def _call(self, name: str, *words: object) -> Any:
        """One call; None, and the worker is lost, when it fails."""
        try:
            async with asyncio.timeout(CALL_S):
                return await getattr(self._actor, name)(*words)
        except (OSError, TimeoutError, RuntimeError) as error:
            said = clean_line(str(error), 120)
            self._lost = self._lost or f"was lost with its Dask worker{f': {said}' if said else ''}"
            return None

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)


class DaskSpawner:
    """Starts load processes on a cluster; joins it when needed."""

    def __init__(self) -> None:
        self._cluster: Cluster | None = None
        self._joining = asyncio.Lock()

    async def spawn(self, engine: DaskEngine, number: int, api_key: str | None) -> ChildLoadProcess:
        """Start one and wait until it is ready. Raises UsageError and LoadProcessError."""
        async with self._joining:
            if self._cluster is None or self._cluster.is_left:
                self._cluster = await Cluster.join(engine.scheduler)
            cluster = self._cluster
            worker = cluster.workers[number % len(cluster.workers)]
            carrier = await cluster.carrier(worker)
        return await ChildLoadProcess(carrier, worker).ready(api_key)
