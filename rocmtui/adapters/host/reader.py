"""One sample of the host: the server, what it may use, the machine, and who else is busy."""

from __future__ import annotations

import os

import msgspec

from rocmtui.adapters.host.groups import LimitReader
from rocmtui.adapters.host.machine import MachineReader
from rocmtui.adapters.host.processes import Tree, read_stat
from rocmtui.adapters.host.programs import Programs
from rocmtui.adapters.host.server import ServerReader
from rocmtui.adapters.machine.small_file import FileReader
from rocmtui.core.host.sample import HostSample, Limits, MachineLoad, ServerLoad

OTHERS_CORES = 0.25
"""While others use less nobody asks for their names."""


class HostReader:
    """Takes samples, each over the time since the last. One thread only."""

    def __init__(self, proc: str = "/proc", root: str = "/sys", own_pid: int | None = None) -> None:
        """`own_pid`: rocmtui itself, whose processes are no other program."""
        self._proc = proc
        self._machine = MachineReader(proc, root)
        self._programs = Programs(proc)
        self._files = FileReader()
        self._own = Tree(self._files, proc, own_pid if own_pid is not None else os.getpid())
        self._own_cpu: dict[int, float] = {}
        self._server: ServerReader | None = None
        self._limits: LimitReader | None = None
        self._looked_ns: int | None = None

    def watch_server(self, pid: int | None) -> None:
        """Whose books to read; None: there is no server here."""
        if self._server is not None and self._server.pid == pid:
            return
        if self._server is not None:
            self._server.close()
        self._server = ServerReader(pid, self._proc) if pid is not None else None
        self._limits = None

    def read(self, now_ns: int) -> HostSample:
        """The host now."""
        span_s = round((now_ns - self._looked_ns) / 1e9, 6) if self._looked_ns is not None else 0.0
        self._looked_ns = now_ns
        machine = self._machine.read(now_ns, span_s)
        server = self._server.read(now_ns, span_s) if self._server is not None else None
        return HostSample(
            at_ns=now_ns,
            span_s=span_s,
            server=server,
            limits=self._read_limits(now_ns, machine, server),
            machine=self._with_others(machine, server, now_ns, span_s),
        )

    def _read_limits(self, now_ns: int, machine: MachineLoad, server: ServerLoad | None) -> Limits | None:
        if self._server is not None and server is None:  # it has ended
            return None
        if self._limits is None:
            pid = self._server.pid if self._server is not None else "self"
            self._limits = LimitReader(pid, self._proc, machine.memory_total_bytes)
        return self._limits.read(now_ns)

    def _with_others(
        self, machine: MachineLoad, server: ServerLoad | None, now_ns: int, span_s: float
    ) -> MachineLoad:
        ours = self._server.pids if self._server is not None else frozenset[int]()
        own_cores = self._own_cores(ours, span_s)
        if machine.busy_cores is None or own_cores is None:
            return machine
        used = (server.cores_used or 0.0) if server is not None else 0.0
        others = round(max(machine.busy_cores - used - own_cores, 0.0), 4)
        if others < OTHERS_CORES:
            self._programs.rest()
            return msgspec.structs.replace(machine, other_cores=others)
        but = ours | frozenset(self._own.pids)
        programs = self._programs.look(now_ns, self._machine.uptime_s(), but)
        return msgspec.structs.replace(machine, other_cores=others, programs=programs)

    def _own_cores(self, server_pids: frozenset[int], span_s: float) -> float | None:
        """Cores that rocmtui's processes use, a server they started left out."""
        used: dict[int, float] = {}
        for pid in self._own.look(server_pids):
            stat = read_stat(self._files, self._proc, pid) if pid not in server_pids else None
            if stat is None:
                self._own.forget(pid)
            else:
                used[pid] = stat.cpu_s
        before, self._own_cpu = self._own_cpu, used
        if span_s <= 0:
            return None
        return sum(cpu_s - before.get(pid, cpu_s) for pid, cpu_s in used.items()) / span_s
