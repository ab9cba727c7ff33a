"""What the launch screen chooses from, found on this machine."""

from __future__ import annotations

import asyncio

from rocmtui.adapters.gpu_sysfs import read_gpus
from rocmtui.adapters.machine import memory_available_bytes, read_machine
from rocmtui.adapters.model_dirs import find_models
from rocmtui.adapters.server_launcher import LlamaLauncher
from rocmtui.core.gpu import GpuReading
from rocmtui.core.gpu_choice import choose
from rocmtui.core.gpu_memory import memory_bytes
from rocmtui.core.launch import BinaryFound, CommandPreview, MemoryFit, ModelChoice, ModelsFound
from rocmtui.core.model_info import ModelInfo, ModelMemory
from rocmtui.core.server_state import LaunchPlan
from rocmtui.core.vram_estimate import MARGIN_BYTES, CacheOptions, estimate, max_slots
from rocmtui.errors import UsageError

DEFAULT_CTX = 4096
SYSTEM_MEMORY = "system memory"


class MachineCatalog:
    """Implements core.face_ports.LaunchCatalog over the adapters."""

    def __init__(self) -> None:
        self._gpus = read_gpus()
        self._launcher = LlamaLauncher(self._gpus)
        self._memory: dict[str, ModelMemory] = {}

    async def models(self) -> ModelsFound:
        """Search the usual places."""
        search = await asyncio.to_thread(find_models)
        self._memory = {model.path: model.memory for model in search.models}
        broken = tuple(
            ModelChoice(path=b.path, name=b.path.rpartition("/")[2], problem=b.reason) for b in search.broken
        )
        return ModelsFound(
            models=(*map(_choice, search.models), *broken),
            looked_in=tuple(place.path for place in search.looked_in),
        )

    async def binary(self) -> BinaryFound:
        """Find llama-server and ask it for its build."""
        return await self._launcher.binary()

    async def gpus(self) -> tuple[GpuReading, ...]:
        """The AMD GPUs now."""
        self._gpus = await asyncio.to_thread(read_gpus)
        return self._gpus

    def estimate(self, plan: LaunchPlan) -> MemoryFit | None:
        """What the plan would take of the chosen GPU, or of system memory where there is none."""
        model = self._memory.get(plan.model)
        if model is None:
            return None
        options = CacheOptions(
            cache_type_k=plan.cache_type_k or "f16",
            cache_type_v=plan.cache_type_v or "f16",
            flash_attn=plan.flash_attn != "off",
        )
        ctx = plan.ctx_per_slot or min(model.n_ctx_train or DEFAULT_CTX, DEFAULT_CTX)
        device, total, used = self._device(plan.gpu)
        if total is None:
            return None
        need = estimate(model, plan.parallel, ctx, options)
        host = need.host_weights_bytes if device == SYSTEM_MEMORY else 0
        return MemoryFit(
            device=device,
            total_bytes=total,
            weights_bytes=need.weights_bytes + host,
            kv_per_slot_bytes=need.kv_per_slot_bytes,
            slots=plan.parallel,
            compute_bytes=need.compute_bytes,
            other_bytes=used or 0,
            max_slots=max_slots(model, total - (used or 0) - host, ctx, options),
            notes=(f"llama-server keeps {MARGIN_BYTES >> 20} MiB free",),
        )

    def command_line(self, plan: LaunchPlan) -> CommandPreview:
        """What would be run. Raises UsageError when the plan cannot be run."""
        return self._launcher.preview(plan)

    def _device(self, wish: str) -> tuple[str, int | None, int | None]:
        """Name, size and use of the memory a plan would take."""
        try:
            chosen = choose(wish, self._gpus)
        except UsageError:
            chosen = ()
        if not chosen:
            total, available = read_machine().memory_bytes, memory_available_bytes()
            return SYSTEM_MEMORY, total, total - available if total and available else None
        gpu = chosen[0]
        used = gpu.gtt_used_bytes if gpu.pool == "gtt" else gpu.vram_used_bytes
        return gpu.name, memory_bytes(gpu), used


def _choice(model: ModelInfo) -> ModelChoice:
    return ModelChoice(
        path=model.path,
        name=model.name,
        quantization=model.quantization,
        size_bytes=model.file_bytes,
        n_params=model.n_params,
        architecture=model.architecture,
        ctx_train=model.n_ctx_train,
        layers=model.n_layers,
        problem=model.problem,
    )
