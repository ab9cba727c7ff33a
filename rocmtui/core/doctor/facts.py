"""What `rocmtui doctor` knows of a machine, and how it judges each thing."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.host.sample import Limits

Status = Literal["good", "warning", "problem"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the check-up. A problem keeps rocmtui from its work, a warning makes it worse."""

    area: str
    """`system`, `driver`, `gpu`, `access`, `rocm`, `smi`, `server`, `variables`, `folders`, `demo`."""
    status: Status
    text: str
    remedy: str | None = None
    """The command or step that mends it."""


def good(area: str, text: str) -> Finding:
    """All is well there."""
    return Finding(area=area, status="good", text=text)


def warning(area: str, text: str, remedy: str | None = None) -> Finding:
    """It works, but not as it could."""
    return Finding(area=area, status="warning", text=text, remedy=remedy)


def problem(area: str, text: str, remedy: str | None = None, *, grave: bool = True) -> Finding:
    """It does not work; not `grave`: nothing that is wanted here needs it, so it is a warning."""
    return Finding(area=area, status="problem" if grave else "warning", text=text, remedy=remedy)


class DeviceNode(msgspec.Struct, frozen=True, kw_only=True):
    """A file of /dev that a GPU program must open."""

    path: str
    usable: bool
    """This user may read and write it."""
    group: str | None = None
    """The group that may."""
    in_group: bool = False
    """The user is listed in that group, though perhaps not yet in this login."""
    gid: int | None = None


class KfdDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A GPU in the order in which ROCm counts."""

    pci: str
    node: int


class ServerDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A device as llama-server lists it (untrusted text)."""

    name: str
    description: str
    pci: str | None = None
    """The card it is, where that can be told."""


class ServerProgram(msgspec.Struct, frozen=True, kw_only=True):
    """The llama-server that rocmtui would start."""

    path: str
    source: str
    version: str | None = None
    backend: str | None = None
    """`ROCm`, `Vulkan`, `CPU` ..."""
    devices: tuple[ServerDevice, ...] | None = None
    """None: it cannot list them."""
    not_asked: str | None = None
    """Why it was not asked what it can do."""
    died_of: tuple[str, ...] = ()
    """Questions it did not survive, and how it ended."""


class Folder(msgspec.Struct, frozen=True, kw_only=True):
    """A folder rocmtui writes to."""

    purpose: str
    path: str
    writable: bool
    free_bytes: int | None = None


class MachineFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the check-up looks at. None: not known."""

    os: str | None = None
    os_id: str = ""
    """`debian`, `fedora` ... with what it is like, as os-release says."""
    kernel: str = ""
    python: str = ""
    cpu_count: int = 1
    memory_bytes: int | None = None
    machine_cores: int | None = None
    limits: Limits = Limits()
    """Of what is started from here."""
    load_1m: float | None = None
    container: str | None = None
    """What kind of container this runs in."""
    is_wsl: bool = False
    user: str = ""
    amdgpu_loaded: bool = False
    gpus: tuple[GpuReading, ...] = ()
    gpu_notes: tuple[str, ...] = ()
    """Where no AMD card was found: what was looked for, and which other GPUs there are."""
    kfd: DeviceNode | None = None
    kfd_devices: tuple[KfdDevice, ...] = ()
    render_nodes: tuple[DeviceNode, ...] = ()
    rocm_version: str | None = None
    rocm_path: str | None = None
    hip_library: str | None = None
    smi_library: str | None = None
    smi_looked_in: tuple[str, ...] = ()
    smi_cards: tuple[str, ...] | None = None
    """PCI addresses the library sees; None: not asked."""
    smi_problem: str | None = None
    server: ServerProgram | None = None
    server_problem: str | None = None
    server_remedy: str | None = None
    variables: dict[str, str] = {}
    """Variables that change what a server or ROCm does; values of GPU-choosing ones only."""
    folders: tuple[Folder, ...] = ()
    may_wake: bool = False
    """llama-server is asked what it can do even where that wakes a card."""
    demo_server: bool = False
    demo_model: bool = False


def worst(findings: tuple[Finding, ...]) -> Status:
    """The gravest status of all."""
    return max((finding.status for finding in findings), key=get_args(Status).index, default="good")
