"""A catalog of made-up models and cards, and a settings store in memory."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.session.launch import (
    BinaryFound,
    CommandPreview,
    MemoryFit,
    ModelChoice,
    ModelsFound,
)
from rocmtui.core.session.launch_words import ctx_of
from rocmtui.core.session.settings import Settings
from rocmtui.errors import UsageError

GIB = 1 << 30
BYTES_PER_TOKEN = {"f16": 64 * 1024, "q8_0": 34 * 1024}

MODELS = (
    ModelChoice(
        path="/home/ada/models/gemma-3-27b-it-Q4_K_M.gguf",
        name="gemma-3-27b-it",
        quantization="Q4_K_M",
        size_bytes=int(15.4 * GIB),
        n_params=27_009_000_000,
        architecture="gemma3",
        ctx_train=131072,
        layers=62,
    ),
    ModelChoice(
        path="/home/ada/models/Qwen3-8B-Q6_K.gguf",
        name="Qwen3-8B",
        quantization="Q6_K",
        size_bytes=int(6.26 * GIB),
        n_params=8_190_000_000,
        architecture="qwen3",
        ctx_train=40960,
        layers=36,
    ),
    ModelChoice(
        path="/home/ada/models/gpt-oss-120b-mxfp4-00001-of-00003.gguf",
        name="gpt-oss-120b",
        quantization="MXFP4",
        size_bytes=int(59.0 * GIB),
        n_params=116_830_000_000,
        architecture="gpt-oss",
        ctx_train=131072,
        layers=36,
        problem="part 3 of 3 is missing",
    ),
    ModelChoice(
        path="/home/ada/.cache/huggingface/hub/gemma-3-270m-it-Q4_K_M.gguf",
        name="gemma-3-270m-it",
        quantization="Q4_K_M",
        size_bytes=253_000_000,
        n_params=268_000_000,
        architecture="gemma3",
        ctx_train=32768,
        layers=18,
    ),
)
CARD = GpuReading(
    pci="0000:03:00.0",
    name="Radeon RX 7900 XTX",
    vram_total_bytes=24 * GIB,
    vram_used_bytes=int(1.2 * GIB),
)
INTEGRATED = GpuReading(
    pci="0000:0e:00.0", name="Raphael", index=1, kind="apu", vram_total_bytes=GIB // 2, pool_bytes=16 * GIB
)


class ScriptedCatalog:
    """A LaunchCatalog that answers when told to (`release`), or at once."""

    def __init__(
        self,
        models: tuple[ModelChoice, ...] = MODELS,
        gpus: tuple[GpuReading, ...] = (CARD, INTEGRATED),
        *,
        binary: BinaryFound | None = None,
        held: bool = False,
    ) -> None:
        self._models = models
        self._gpus = gpus
        self._binary = binary or BinaryFound(
            path="/opt/llama/llama-server", source="PATH", build="b9120", backend="ROCm"
        )
        self.doubt: str | None = None
        """Why `--gpu auto` takes what it takes, where another may be meant."""
        self.searches = 0
        self.release = asyncio.Event()
        if not held:
            self.release.set()

    async def models(self, chosen: str = "") -> ModelsFound:
        self.searches += 1
        await self.release.wait()
        places = ("/home/ada/models", "/home/ada/.cache/huggingface/hub", "/home/ada/.cache/llama.cpp")
        return ModelsFound(models=self._models, looked_in=places)

    async def binary(self) -> BinaryFound:
        await self.release.wait()
        return self._binary

    async def gpus(self) -> tuple[GpuReading, ...]:
        await self.release.wait()
        return self._gpus

    def estimate(self, plan: LaunchPlan) -> MemoryFit | None:
        model = next((model for model in self._models if model.path == plan.model), None)
        if model is None or model.size_bytes is None or not self._gpus:
            return None
        per_slot = ctx_of(plan, model) * BYTES_PER_TOKEN.get(plan.cache_type_k or "f16", 40 * 1024)
        per_slot = per_slot * (model.layers or 1) // 36
        total, others, compute = 24 * GIB, int(1.2 * GIB), GIB // 2
        room = total - others - compute - model.size_bytes
        return MemoryFit(
            device="GPU0 Radeon RX 7900 XTX",
            total_bytes=total,
            weights_bytes=model.size_bytes,
            kv_per_slot_bytes=per_slot,
            slots=plan.parallel,
            compute_bytes=compute,
            other_bytes=others,
            max_slots=max(0, room // per_slot),
        )

    def slots_at(self, plan: LaunchPlan) -> tuple[int | None, ...]:
        counts = []
        for ctx in (4096, 8192, 16_384, 32_768, 65_536, 131_072):
            fit = self.estimate(replace(plan, ctx_per_slot=ctx))
            counts.append(None if fit is None else fit.max_slots)
        return tuple(counts)

    def command_line(self, plan: LaunchPlan) -> CommandPreview:
        if "--bad" in plan.extra_args:
            raise UsageError("this llama-server has no option --bad", "see llama-server --help")
        ctx = str(ctx_of(plan, None) * plan.parallel)
        words = ["/opt/llama/llama-server", "-m", plan.model, "--parallel", str(plan.parallel), "-c", ctx]
        words += ["--host", "127.0.0.1", "--port", "8080", *plan.extra_args]
        return CommandPreview(
            words=tuple(words), environment=("ROCR_VISIBLE_DEVICES=GPU-8f3c9a",), doubt=self.doubt
        )


class MemoryStore:
    """A SettingsStore without a file."""

    def __init__(self, settings: Settings | None = None, broken: str | None = None) -> None:
        self.settings = settings or Settings()
        self.broken = broken

    def read(self) -> Settings:
        if self.broken:
            raise UsageError(self.broken)
        return self.settings

    def write(self, settings: Settings) -> None:
        if self.broken:
            raise UsageError(self.broken)
        self.settings = settings
