"""What is known of the supervised or attached server."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

import msgspec

from rocmtui.core.server.program import Program


class ServerState(StrEnum):
    """The life of a server."""

    STOPPED = "stopped"
    STARTING = "starting"
    READY = "ready"
    UNRESPONSIVE = "unresponsive"
    """Its process lives, but it does not answer."""
    STOPPING = "stopping"
    FAILED = "failed"


class LaunchPlan(msgspec.Struct, frozen=True, kw_only=True):
    """How to start llama-server; spelled as llama-server spells it. None leaves its own default."""

    model: str
    """Path of the GGUF file (part 1 of a split one)."""
    parallel: int = 4
    ctx_per_slot: int | None = None
    """Context of one slot; `-c` gets this times `parallel`. None: min(the model's, 4096)."""
    gpu_layers: str | None = None
    flash_attn: str | None = None
    """`on`, `off` or `auto`."""
    cache_type_k: str | None = None
    cache_type_v: str | None = None
    host: str = "127.0.0.1"
    port: int | None = None
    """None: a free one is chosen."""
    alias: str | None = None
    server_bin: str | None = None
    gpu: str = "auto"
    """`auto`, `all`, `none`, or a list of indexes, PCI addresses and ROCm UUIDs; `0.3` is a partition."""
    extra_args: tuple[str, ...] = ()
    """Given to llama-server untouched (all that followed `--`)."""
    api_key_env: str | None = None
    start_timeout_s: float = 600.0
    restart_on_crash: bool = False


class DeviceMemory(msgspec.Struct, frozen=True, kw_only=True):
    """What llama-server says it allocated on one device (`ROCm0`, `Vulkan0`, `CPU` ...), in bytes."""

    device: str
    weights_bytes: int = 0
    kv_bytes: int = 0
    compute_bytes: int = 0
    output_bytes: int = 0
    pci: str | None = None


class ServerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What /props, /v1/models and the log say of a server that is ready. None: not said."""

    build: str | None = None
    model: str | None = None
    """Alias, or the file's name."""
    model_path: str | None = None
    quantization: str | None = None
    model_bytes: int | None = None
    n_params: int | None = None
    n_ctx_train: int | None = None
    parallel: int | None = None
    n_ctx: int | None = None
    """Context of one slot."""
    backend: str | None = None
    """`ROCm`, `Vulkan`, `CPU` ..."""
    models: tuple[str, ...] = ()
    """All it serves, where they are several or loaded on demand."""
    per_model: bool = False
    """A router: /props, /slots and /metrics are asked of one of its models."""
    is_llama_server: bool = True
    slots_endpoint: bool = True
    layers_offloaded: int | None = None
    layers_total: int | None = None
    memory: tuple[DeviceMemory, ...] = ()
    program: Program | None = None
    """What it is made of; None where its process cannot be seen."""


class StageMark(msgspec.Struct, frozen=True, kw_only=True):
    """A load stage and when it began."""

    name: str
    """`devices`, `reading weights`, `offload`, `kv cache`, `compute`, `warm-up`, `listening` ..."""
    at_ns: int
    detail: str = ""


FLAGS = {
    "flash_attn": ("-fa", "--flash-attn"),
    "cache_type_k": ("-ctk", "--cache-type-k"),
    "cache_type_v": ("-ctv", "--cache-type-v"),
    "gpu_layers": ("-ngl", "--gpu-layers", "--n-gpu-layers"),
}
"""Fields of a plan that are options of llama-server, by the names it has for them."""


class LocalProcess(Protocol):
    """A process of this machine that serves an address."""

    @property
    def pid(self) -> int: ...

    @property
    def command(self) -> tuple[str, ...]: ...


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """Why a server ended or will not do, in words."""

    code: str
    """Row of the tables in core/server/diagnosis, e.g. `port_taken`; `unknown` where no row fits."""
    cause: str
    remedy: str
    proof: tuple[str, ...] = ()
    """Log lines that show it (untrusted text)."""
    exit_status: str | None = None
    """`exit 1`, `SIGSEGV` ..."""


class SlotReading(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One slot as /slots shows it."""

    id: int
    n_ctx: int
    is_processing: bool
    task: int | None = None
    ctx_tokens: int | None = None
    """Tokens in the slot's cache now: prompt so far plus generated."""
    prompt_processed: int | None = None
    prompt_cached: int | None = None
    prompt_total: int | None = None
    """Length of the task's prompt, from the server's log; /slots does not say it."""
    decoded: int = 0
    remaining: int | None = None
    tps: float | None = None
    """Tokens per second, from the difference to the last reading of the same task."""
    stalled_ms: float | None = None
    """How long it has made no token, where that is a stall; None while it makes some."""

    @property
    def phase(self) -> str:
        """`idle`, `prefill` or `generate`."""
        if not self.is_processing:
            return "idle"
        return "generate" if self.decoded > 0 else "prefill"


class ServerStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The server's state with all that explains it; a new one on every change."""

    state: ServerState = ServerState.STOPPED
    since_ns: int = 0
    attached: bool = False
    """A server we did not start and will not stop."""
    pid: int | None = None
    url: str | None = None
    command: tuple[str, ...] = ()
    """The command line as run, fit to be shown (no key in it)."""
    binary_source: str | None = None
    """Where the binary came from: `--server-bin`, `ROCM_LLAMA_SERVER_PATH`, `PATH` or `embedded`."""
    environment: tuple[str, ...] = ()
    """`NAME=value` of GPU-choosing variables that were set or respected."""
    plan: LaunchPlan | None = None
    stages: tuple[StageMark, ...] = ()
    facts: ServerFacts = ServerFacts()
    diagnosis: Diagnosis | None = None
    note: str | None = None
