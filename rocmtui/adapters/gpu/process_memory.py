"""Whose memory is on the cards: each process's VRAM and GTT, from its fdinfo and from the KFD.

Without root only one's own processes can be read; what others hold is the card's use minus theirs.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import msgspec

from rocmtui.adapters.gpu.cards import Card
from rocmtui.adapters.machine.seldom import Seldom
from rocmtui.adapters.machine.small_file import FileReader, link_target, list_dir
from rocmtui.core.gpu.engines import EngineUse
from rocmtui.core.gpu.fdinfo import parse_fdinfo
from rocmtui.core.gpu.fields import MAX_BYTES, parse_int, parse_text
from rocmtui.core.gpu.reading import GpuReading, MemoryUser

SCAN_NS = 10_000_000_000
"""How often all processes are looked through; the known ones and the server's are read every time."""
LEAST_BYTES = 1 << 20
MOST_USERS = 12
"""Users listed a card, largest first; the server's processes always."""
INITIAL_PID_NAMESPACE = 0xEFFFFFFC
"""Inode of the host's PID namespace (PROC_PID_INIT_INO): only there the KFD's process ids are ours."""
_MAX_TREE = 256
_DRI = "/dev/dri/"
_Amounts = dict[tuple[int, str], dict[str, int]]
"""(process, card) to the fields of MemoryUser that are known, in bytes."""


class ProcessMemory:
    """Reads again and again, remembering which processes hold a card. One thread only."""

    def __init__(self, proc: str = "/proc", root: str = "/sys") -> None:
        self._proc = proc
        self._kfd = f"{root}/class/kfd/kfd/proc"
        self._files = FileReader()
        self._holders = Seldom[list[int]](SCAN_NS)
        self._engines = EngineUse()

    def read(
        self,
        server_pid: int | None,
        cards: tuple[Card, ...],
        now_ns: int,
        gpus: Sequence[GpuReading] = (),
    ) -> tuple[MemoryUser, ...]:
        """Users of the cards, largest first; a client shared by several processes counts once.

        `gpus` are the readings of the moment: they tell which memory ROCm takes on each, and bound it.
        """
        if not cards:
            return ()
        server = self._tree(server_pid) if server_pid else ()
        holders = self._holders.at(now_ns, self._find_holders)
        nodes = {name: card.pci for card in cards for name in (card.card, *card.render_nodes)}
        self._engines.begin(now_ns)
        amounts = self._from_fdinfo([*server, *(pid for pid in holders if pid not in server)], nodes)
        self._add_kfd(amounts, cards, {gpu.pci for gpu in gpus if gpu.pool == "gtt"})
        _bound(amounts, gpus)
        if server_pid and self._holds_no_card(server_pid):
            for card in cards:
                _add(amounts, (server_pid, card.pci), vram_bytes=0, gtt_bytes=0)
        known = {card.pci for card in cards}
        users = [
            msgspec.structs.replace(
                MemoryUser(pci=pci, pid=pid, name=self._name(pid), is_server=pid in server, **amount),
                **self._engines.percent(pid, pci),
            )
            for (pid, pci), amount in amounts.items()
            if pci in known and (pid in server or max(amount.values(), default=0) >= LEAST_BYTES)
        ]
        return _largest(users)

    def _find_holders(self) -> list[int]:
        pids = sorted(int(name) for name in list_dir(self._proc) if name.isdigit())
        return [pid for pid in pids if self._descriptors(pid)]

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

    def _descriptors(self, pid: int) -> list[tuple[str, str]]:
        """Its descriptors of graphics devices, each with its device's name; none where closed to us."""
        folder = f"{self._proc}/{pid}/fd"
        targets = ((name, link_target(f"{folder}/{name}") or "") for name in list_dir(folder))
        return [(name, target[len(_DRI) :]) for name, target in targets if target.startswith(_DRI)]

    def _holds_no_card(self, pid: int) -> bool:
        """Whether its descriptors may be read and none is a graphics device: then it holds nothing."""
        return bool(list_dir(f"{self._proc}/{pid}/fd")) and not self._descriptors(pid)

    def _from_fdinfo(self, pids: list[int], nodes: dict[str, str]) -> _Amounts:
        """`nodes`: names of device files to the cards they are of."""
        amounts: _Amounts = {}
        seen: set[tuple[str, str, int]] = set()
        for pid in pids:
            for name, device in self._descriptors(pid):
                data = self._files.read(f"{self._proc}/{pid}/fdinfo/{name}") or b""
                client = parse_fdinfo(data, nodes.get(device))
                parted = device if client and client.is_partition else ""
                if client is None or (client.pci, parted, client.client_id) in seen:
                    continue
                seen.add((client.pci, parted, client.client_id))
                self._engines.add(pid, client, parted)
                _add(
                    amounts,
                    (pid, client.pci),
                    vram_bytes=client.vram_bytes,
                    gtt_bytes=client.gtt_bytes,
                    evicted_bytes=client.evicted_bytes,
                )
        return amounts

    def _add_kfd(self, amounts: _Amounts, cards: tuple[Card, ...], in_gtt: Collection[str]) -> None:
        """What the KFD counts counts where fdinfo has less: older kernels leave ROCm's memory out of it.

        It calls all of it VRAM; of an APU that allocates from system memory (`in_gtt`) it is GTT.
        """
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
                    amount = amounts.setdefault((int(name), card.pci), {})
                    field = "gtt_bytes" if card.pci in in_gtt else "vram_bytes"
                    amount[field] = max(amount.get(field, 0), sum(known))

    def _sees_host_pids(self) -> bool:
        try:
            return Path(f"{self._proc}/self/ns/pid").stat().st_ino == INITIAL_PID_NAMESPACE
        except OSError:
            return False

    def _name(self, pid: int) -> str:
        return parse_text(self._files.read(f"{self._proc}/{pid}/comm"), 32) or "?"


def resident_bytes(pid: int, proc: str = "/proc") -> int | None:
    """What of a process lies in system memory, mapped files included; None where it cannot be read."""
    for line in (FileReader().read(f"{proc}/{pid}/status") or b"").splitlines():
        if line.startswith(b"VmRSS:"):
            size = parse_int(line.split()[1] if len(line.split()) > 1 else None)
            return size * 1024 if size is not None else None
    return None


def _add(amounts: _Amounts, key: tuple[int, str], **sizes: int | None) -> None:
    """Count one more client of a process on a card; what it does not say adds nothing."""
    amount = amounts.setdefault(key, {})
    for field, size in sizes.items():
        if size is not None:
            amount[field] = amount.get(field, 0) + size


def _bound(amounts: _Amounts, gpus: Sequence[GpuReading]) -> None:
    """No process holds more than the card says is used; the two are read a moment apart."""
    used = {gpu.pci: {"vram_bytes": gpu.vram_used_bytes, "gtt_bytes": gpu.gtt_used_bytes} for gpu in gpus}
    for (_, pci), amount in amounts.items():
        for field, most in used.get(pci, {}).items():
            if most is not None and field in amount:
                amount[field] = min(amount[field], most)


def _largest(users: list[MemoryUser]) -> tuple[MemoryUser, ...]:
    users.sort(key=lambda user: (user.pci, -(user.vram_bytes or 0) - (user.gtt_bytes or 0), user.pid))
    kept, counts = [], dict[str, int]()
    for user in users:
        counts[user.pci] = counts.get(user.pci, 0) + 1
        if user.is_server or counts[user.pci] <= MOST_USERS:
            kept.append(user)
    return tuple(kept)
