"""Whose memory is on the cards: each process's VRAM and GTT, from its fdinfo and from the KFD.

Without root only one's own processes can be read; what others hold is the card's use minus theirs.
"""

from __future__ import annotations

from pathlib import Path

from rocmtui.adapters.gpu.cards import Card
from rocmtui.adapters.machine.small_file import FileReader, link_target, list_dir
from rocmtui.core.gpu.fdinfo import parse_fdinfo
from rocmtui.core.gpu.fields import MAX_BYTES, parse_int, parse_text
from rocmtui.core.gpu.reading import MemoryUser

SCAN_NS = 10_000_000_000
"""How often all processes are looked through; the known ones and the server's are read every time."""
LEAST_BYTES = 1 << 20
MOST_USERS = 12
"""Users listed a card, largest first; the server's processes always."""
INITIAL_PID_NAMESPACE = 0xEFFFFFFC
"""Inode of the host's PID namespace (PROC_PID_INIT_INO): only there the KFD's process ids are ours."""
_MAX_TREE = 256


class ProcessMemory:
    """Reads again and again, remembering which processes hold a card. One thread only."""

    def __init__(self, proc: str = "/proc", root: str = "/sys") -> None:
        self._proc = proc
        self._kfd = f"{root}/class/kfd/kfd/proc"
        self._files = FileReader()
        self._holders: set[int] = set()
        self._scanned_ns: int | None = None

    def read(self, server_pid: int | None, cards: tuple[Card, ...], now_ns: int) -> tuple[MemoryUser, ...]:
        """Users of the cards, largest first; a client shared by several processes counts once."""
        if not cards:
            return ()
        server = self._tree(server_pid) if server_pid else ()
        if self._scanned_ns is None or now_ns - self._scanned_ns >= SCAN_NS:
            self._holders = {pid for pid in self._pids() if self._descriptors(pid)}
            self._scanned_ns = now_ns
        amounts = self._from_fdinfo([*server, *sorted(self._holders.difference(server))])
        self._add_kfd(amounts, cards)
        if server_pid and self._holds_no_card(server_pid):
            for card in cards:
                amounts.setdefault((server_pid, card.pci), _Amount()).add(0, 0, None)
        known = {card.pci for card in cards}
        users = [
            MemoryUser(pci=pci, pid=pid, name=self._name(pid), is_server=pid in server, **amount.shown())
            for (pid, pci), amount in amounts.items()
            if pci in known and (pid in server or amount.largest() >= LEAST_BYTES)
        ]
        return _largest(users)

    def _pids(self) -> list[int]:
        return [int(name) for name in list_dir(self._proc) if name.isdigit()]

    def _tree(self, pid: int) -> tuple[int, ...]:
        """The process and all its descendants."""
        found = [pid]
        for parent in found:
            for task in list_dir(f"{self._proc}/{parent}/task"):
                text = self._files.read(f"{self._proc}/{parent}/task/{task}/children") or b""
                found += [int(child) for child in text.split() if child.isdigit() and int(child) not in found]
            if len(found) > _MAX_TREE:
                break
        return tuple(found)

    def _descriptors(self, pid: int) -> list[str]:
        """Its descriptors of graphics devices; none where they may not be read."""
        folder = f"{self._proc}/{pid}/fd"
        targets = ((name, link_target(f"{folder}/{name}")) for name in list_dir(folder))
        return [name for name, target in targets if target and target.startswith("/dev/dri/")]

    def _holds_no_card(self, pid: int) -> bool:
        """Whether its descriptors may be read and none is a graphics device: then it holds nothing."""
        return bool(list_dir(f"{self._proc}/{pid}/fd")) and not self._descriptors(pid)

    def _from_fdinfo(self, pids: list[int]) -> dict[tuple[int, str], _Amount]:
        amounts: dict[tuple[int, str], _Amount] = {}
        seen: set[tuple[str, int]] = set()
        for pid in pids:
            for name in self._descriptors(pid):
                client = parse_fdinfo(self._files.read(f"{self._proc}/{pid}/fdinfo/{name}") or b"")
                if client is None or (client.pci, client.client_id) in seen:
                    continue
                seen.add((client.pci, client.client_id))
                amount = amounts.setdefault((pid, client.pci), _Amount())
                amount.add(client.vram_bytes, client.gtt_bytes, client.evicted_bytes)
        return amounts

    def _add_kfd(self, amounts: dict[tuple[int, str], _Amount], cards: tuple[Card, ...]) -> None:
        """What the KFD counts counts where fdinfo has less: older kernels leave ROCm's memory out of it."""
        if not self._sees_host_pids():
            return
        for name in list_dir(self._kfd):
            if not name.isdigit():
                continue
            for card in cards:
                sizes = [
                    parse_int(self._files.read(f"{self._kfd}/{name}/vram_{node.gpu_id}"))
                    for node in card.nodes
                ]
                known = [size for size in sizes if size is not None and 0 <= size <= MAX_BYTES]
                if sum(known) > 0:
                    amounts.setdefault((int(name), card.pci), _Amount()).at_least(sum(known))

    def _sees_host_pids(self) -> bool:
        try:
            return Path(f"{self._proc}/self/ns/pid").stat().st_ino == INITIAL_PID_NAMESPACE
        except OSError:
            return False

    def _name(self, pid: int) -> str:
        return parse_text(self._files.read(f"{self._proc}/{pid}/comm"), 32) or "?"


class _Amount:
    """One process's memory on one card, in bytes."""

    def __init__(self) -> None:
        self._vram: int | None = None
        self._gtt: int | None = None
        self._evicted: int | None = None

    def add(self, vram: int | None, gtt: int | None, evicted: int | None) -> None:
        """Count one more client."""
        self._vram = _sum(self._vram, vram)
        self._gtt = _sum(self._gtt, gtt)
        self._evicted = _sum(self._evicted, evicted)

    def at_least(self, vram: int) -> None:
        """It holds no less VRAM than this."""
        self._vram = max(self._vram or 0, vram)

    def largest(self) -> int:
        return max(self._vram or 0, self._gtt or 0, self._evicted or 0)

    def shown(self) -> dict[str, int | None]:
        """As fields of MemoryUser."""
        return {"vram_bytes": self._vram, "gtt_bytes": self._gtt, "evicted_bytes": self._evicted}


def _sum(one: int | None, other: int | None) -> int | None:
    return other if one is None else one + (other or 0)


def _largest(users: list[MemoryUser]) -> tuple[MemoryUser, ...]:
    users.sort(key=lambda user: (user.pci, -(user.vram_bytes or 0) - (user.gtt_bytes or 0), user.pid))
    kept, counts = [], dict[str, int]()
    for user in users:
        counts[user.pci] = counts.get(user.pci, 0) + 1
        if user.is_server or counts[user.pci] <= MOST_USERS:
            kept.append(user)
    return tuple(kept)
