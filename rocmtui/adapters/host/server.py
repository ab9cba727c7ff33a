"""The server's processes together: cores, waits, memory, faults and reads."""

from __future__ import annotations

import re
from collections.abc import Iterable
from heapq import nlargest

import msgspec

from rocmtui.adapters.host.books import ProcessBooks, Used
from rocmtui.adapters.host.processes import Tree
from rocmtui.adapters.host.threads import IDLE_SHARE, working
from rocmtui.adapters.machine.seldom import Seldom
from rocmtui.adapters.machine.small_file import FileReader
from rocmtui.core.host.sample import MOST_THREADS, ServerLoad, ThreadLoad

MAPS_NS = 10_000_000_000
"""How often the mapped model files are looked for."""
MAPS_BYTES = 4 << 20
MODEL_BYTES = 8 << 20
"""A file of which less is mapped is no model."""
_MAPPING = re.compile(rb"(?m)^([0-9a-f]+)-([0-9a-f]+) \S+ \S+ \S+ [1-9]\d* +(/\S.*)$")
_NO_MODEL = re.compile(rb"\.so(\.|$)|\.(?:py|bin)$|^/(?:dev|memfd|usr)/")


class ServerReader:
    """Of one server; a new one for another. One thread only."""

    def __init__(self, pid: int, proc: str = "/proc") -> None:
        self.pid = pid
        self._proc = proc
        self._files = FileReader()
        self._tree = Tree(self._files, proc, pid)
        self._books: dict[int, ProcessBooks] = {}
        self._has_ended = False
        self._weights = Seldom[int | None](MAPS_NS)

    @property
    def pids(self) -> frozenset[int]:
        """The server and its descendants."""
        return frozenset(self._tree.pids)

    def read(self, now_ns: int, span_s: float) -> ServerLoad | None:
        """All its processes since the last look, `span_s` ago (0: the first); None where it has ended."""
        used = self._read_all()
        if not used:
            return None
        weights = self._weights.at(now_ns, self._mapped_weights)
        resident = _sum(each.memory.get("RssFile") for each in used)
        own = _sum(each.memory.get(name) for each in used for name in ("RssAnon", "RssShmem"))
        is_known = span_s > 0 and not all(each.is_new for each in used)
        load = ServerLoad(
            processes=len(used),
            threads=sum(each.threads for each in used),
            weights_bytes=weights,
            weights_resident_bytes=min(weights, resident) if weights and resident is not None else None,
            own_bytes=own,
            swap_bytes=_sum(each.memory.get("VmSwap") for each in used),
        )
        if not is_known:
            return load
        rates = {name: rate and round(rate, 4) for name, rate in _rates(used, span_s).items()}
        return msgspec.structs.replace(load, **rates, busiest_threads=_busiest(used, span_s))

    def close(self) -> None:
        """Let its files go."""
        for books in self._books.values():
            books.close()

    def _read_all(self) -> list[Used]:
        found: list[Used] = []
        for pid in () if self._has_ended else self._tree.look():
            if pid not in self._books:
                self._books[pid] = ProcessBooks(self._files, self._proc, pid)
            used = self._books[pid].read()
            if used is not None:
                found.append(used)
            else:
                self._books.pop(pid).close()
                self._tree.forget(pid)
                self._has_ended = self._has_ended or pid == self.pid
        return found

    def _mapped_weights(self) -> int | None:
        """Bytes of large files that the processes have mapped and that are no libraries: the weights."""
        sizes: dict[bytes, int] = {}
        for pid in self._tree.pids:
            text = self._files.read(f"{self._proc}/{pid}/maps", MAPS_BYTES) or b""
            for start, end, path in _MAPPING.findall(text):
                if not _NO_MODEL.search(path):
                    sizes[path] = sizes.get(path, 0) + int(end, 16) - int(start, 16)
        return sum(size for size in sizes.values() if size >= MODEL_BYTES) or None


def _rates(used: list[Used], span_s: float) -> dict[str, float | int | None]:
    """What was used a second; of waits only where the kernel keeps such books."""
    reads = [each.read_bytes for each in used]
    rates: dict[str, float | int | None] = {
        "cores_used": sum(each.cpu_s for each in used) / span_s,
        "major_faults_per_s": sum(each.major_faults for each in used) / span_s,
        "disk_read_bytes_per_s": None if None in reads else (_sum(reads) or 0) / span_s,
    }
    if all(each.times is not None for each in used):
        times = [thread for each in used for thread in each.times or ()]
        worked = working(times, span_s)
        busiest_s = max((each.ran_s for each in times), default=0.0)
        rates["working_threads"] = len(worked)
        rates["busiest_share"] = min(busiest_s / span_s, 1.0)
        if worked:
            rates["wait_share"] = min(sum(each.waited_s for each in worked) / len(worked) / span_s, 1.0)
    return rates


def _busiest(used: list[Used], span_s: float) -> tuple[ThreadLoad, ...]:
    times = [
        (each.ran_s + each.waited_s, each.ran_s, each.waited_s) for one in used for each in one.times or ()
    ]
    most = nlargest(MOST_THREADS, (each for each in times if each[0] >= IDLE_SHARE * span_s))
    return tuple(_shares(ran_s / span_s, waited_s / span_s) for _, ran_s, waited_s in most)


def _shares(ran: float, waited: float) -> ThreadLoad:
    """At most the whole time: the kernel books a wait when it ends, also what of it lies before the span."""
    ran = round(min(ran, 1.0), 3)
    return ThreadLoad(ran, round(min(waited, 1.0 - ran), 3))


def _sum(values: Iterable[int | None]) -> int | None:
    """Of those that are known; None where none is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None
