"""How far a load has come and what it allocated where, read from llama-server's log.

Lines are matched by what they say, never by the function that says it: functions are renamed every few
months, the sentences stand.
"""

from __future__ import annotations

import re

import msgspec

from rocmtui.core.server.log.line import LogLine, MemoryRow
from rocmtui.core.server.program import flags_of
from rocmtui.core.server.state import DeviceMemory, StageMark
from rocmtui.core.text.late_regex import LateRegex

MIB = 1 << 20
HOST = "CPU"
MAX_CHARS = 400
"""What a line tells stands at its start; longer ones are dumps of templates and the like."""

MAX_INFO_CHARS = 2000
"""The line that lists what the build can do is long."""

_DEVICE = LateRegex(
    r"using device (?P<device>\w+) \((?P<name>.*)\) \((?P<pci>[0-9a-fA-F]{4}:[0-9a-fA-F:.]+)\)"
    r"|using device (?P<old_device>\w+) \((?P<old_name>.*)\) -"
    r"|- (?P<list_device>(?:ROCm|HIP|CUDA|Vulkan|SYCL)\d+)\s*: (?P<list_name>.+) \(\d+ MiB, \d+ MiB free\)"
    r"|Device (?P<hip_index>\d+): (?P<hip_name>[^,]+), gfx"
)
_BUFFER = LateRegex(
    r"(?P<device>(?:CPU|ROCm|HIP|CUDA|Vulkan|SYCL|Metal|MUSA|CANN|OpenCL|RPC|BLAS|AMX)[\w.:\[\]-]{0,40})"
    r" {1,16}(?P<kind>[\w ]{0,40}?) {0,4}buffer size {0,4}= {0,12}(?P<mib>\d{1,9}(?:\.\d{1,6})?) MiB"
)
_CACHE = LateRegex(r"KV|RS|state")
_OFFLOADED = LateRegex(r"offloaded (\d+)/(\d+) layers to GPU")
_CONFIG = LateRegex(r"using config file: (.+)")
_FITTED = LateRegex(r"context size reduced from (\d+) to (\d+)")

_STAGES: tuple[tuple[LateRegex[str], str, tuple[str | int, ...]], ...] = (
    (_DEVICE, "devices", ("name", "old_name", "list_name", "hip_name")),
    (LateRegex(r"fitting params to device memory|projected to use \d+ MiB"), "fit", ()),
    (LateRegex(r"loaded meta data with \d+ key-value pairs and (\d+ tensors)"), "header", (1,)),
    (
        LateRegex(r"loading model tensors|offloaded \d+/\d+ layers|load_tensors.*buffer size"),
        "reading weights",
        (),
    ),
    (LateRegex(r"offloaded (\d+/\d+ layers) to GPU"), "offload", (1,)),
    (LateRegex(r"KV buffer size|RS buffer size|creating \S*\s*KV cache"), "kv cache", ()),
    (LateRegex(r"compute buffer size"), "compute", ()),
    (LateRegex(r"warming up the model"), "warm-up", ()),
    (LateRegex(r"n_slots = (\d+)"), "slots", (1,)),
    (LateRegex(r"listening on (?:https?|unix)://"), "listening", ()),
)
"""In the order of a load, with the groups one of which holds the detail; a stage is entered once."""


class LoadStages:
    """Folds log lines into stages, memory by device, and offloaded layers."""

    def __init__(self) -> None:
        self._marks: list[StageMark] = []
        self._memory: dict[str, DeviceMemory] = {}
        self._predicted: dict[str, DeviceMemory] = {}
        self._pci: dict[str, str] = {}
        self.layers_offloaded: int | None = None
        self.layers_total: int | None = None
        self.flags: tuple[str, ...] = ()
        """What the program says it was built for."""
        self.config_file: str | None = None
        """A settings file of llama-server's own that it read."""
        self.ctx_reduced: tuple[int, int] | None = None
        """What the server made of the context on its own, to fit the device: from, to."""

    @property
    def stages(self) -> tuple[StageMark, ...]:
        """Stages so far, oldest first."""
        return tuple(self._marks)

    @property
    def memory(self) -> tuple[DeviceMemory, ...]:
        """Bytes by device, the GPUs' own first; the server's own prediction until it has allocated."""
        known = (self._memory or self._predicted).values()
        named = (msgspec.structs.replace(memory, pci=self._pci.get(memory.device)) for memory in known)
        return tuple(sorted(named, key=lambda memory: memory.device.startswith(HOST)))

    @property
    def backend(self) -> str | None:
        """`ROCm`, `Vulkan`, `CPU` ...: where the weights went, by the first device that is no host memory."""
        for memory in self.memory:
            return memory.device.rstrip("0123456789") if not memory.device.startswith(HOST) else HOST
        return None

    def mark(self, name: str, at_ns: int, detail: str = "") -> None:
        """Note a stage that no log line tells of."""
        self._marks.append(StageMark(name=name, at_ns=at_ns, detail=detail))

    def observe(self, line: LogLine, at_ns: int) -> bool:
        """Take one line; whether it told anything."""
        text = line.text[:MAX_CHARS]
        if line.memory is not None:
            self._predicted.clear()
            return self._take_rows(line.memory)
        told = self._take_stage(text, at_ns)
        if (found := _DEVICE.search(text)) and found["pci"]:
            self._pci[found["device"]] = found["pci"].lower()
        if found := _OFFLOADED.search(text):
            self.layers_offloaded, self.layers_total = int(found[1]), int(found[2])
        if found := _CONFIG.search(text):
            self.config_file = found[1]
        if (flags := flags_of(line.text[:MAX_INFO_CHARS])) is not None:
            self.flags = flags
        if found := _FITTED.search(text):
            self.ctx_reduced = int(found[1]), int(found[2])
        if found := _BUFFER.search(text):
            self._take_buffer(found)
            told = True
        return told

    def _take_stage(self, text: str, at_ns: int) -> bool:
        done = {mark.name for mark in self._marks}
        for pattern, name, details in reversed(_STAGES):
            if name not in done and (found := pattern.search(text)):
                self.mark(name, at_ns, next(filter(None, (found[detail] for detail in details)), ""))
                return True
        return False

    def _take_buffer(self, found: re.Match[str]) -> None:
        device = _owner(found["device"])
        size_bytes = int(float(found["mib"]) * MIB)
        known = self._memory.get(device, DeviceMemory(device=device))
        if found["kind"] in ("compute", "output"):  # reserved anew now and then: the largest stands
            field = f"{found['kind']}_bytes"
            size_bytes = max(size_bytes, getattr(known, field))
        else:
            field = "kv_bytes" if _CACHE.search(found["kind"]) else "weights_bytes"
            size_bytes += getattr(known, field)
        self._memory[device] = msgspec.structs.replace(known, **{field: size_bytes})

    def _take_rows(self, rows: tuple[MemoryRow, ...]) -> bool:
        for row in rows:
            device = _owner(row.name)
            before = self._predicted.get(device, DeviceMemory(device=device))
            self._predicted[device] = msgspec.structs.replace(
                before,
                weights_bytes=before.weights_bytes + int(row.model * MIB),
                kv_bytes=before.kv_bytes + int(row.context * MIB),
                compute_bytes=before.compute_bytes + int(row.compute * MIB),
            )
        return bool(rows)


def _owner(buffer: str) -> str:
    """Whose memory a buffer takes; `CPU_Mapped`, `CPU_REPACK`, `ROCm_Host` and `Host` are the host's."""
    return HOST if buffer.startswith(HOST) or buffer.endswith("Host") else buffer
