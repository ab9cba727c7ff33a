"""What the launch screen chooses from, found on this machine."""

from __future__ import annotations

import asyncio

import msgspec

from rocmtui.adapters.gpu.sysfs import read_gpus
from rocmtui.adapters.machine.settings_file import SettingsFile, model_dirs
from rocmtui.adapters.models.search import ModelSearch, find_models, model_at
from rocmtui.adapters.server.launcher import LlamaLauncher
from rocmtui.core.gguf.fit import CONTEXTS
from rocmtui.core.gguf.info import ModelInfo, ModelMemory
from rocmtui.core.gguf.offload import on_card
from rocmtui.core.gguf.vram_estimate import max_slots
from rocmtui.core.gpu.memory.need import options_of
from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.gpu.sleep import not_asked
from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.session.launch import (
    SYSTEM_MEMORY,
    BinaryFound,
    CommandPreview,
    MemoryFit,
    ModelChoice,
    ModelsFound,
)
from rocmtui.core.session.settings import Settings
from rocmtui.errors import UsageError
from rocmtui.wiring.fit import cards_of, fit_of, memory_at, place_of
from rocmtui.wiring.limits import forecast_words


class MachineCatalog:
    """Implements core.face_ports.LaunchCatalog over the adapters."""

    def __init__(self) -> None:
        self._gpus = read_gpus()
        self._launcher = LlamaLauncher(self._gpus)
        self._memory: dict[str, ModelMemory] = {}

    async def models(self, chosen: str = "") -> ModelsFound:
        """Search the usual places and the folders of the settings; `chosen` may lie elsewhere."""
        search, by_path = await asyncio.to_thread(_search, chosen)
        whole = (model for model in (*search.models, *by_path) if model.problem is None)
        self._memory = {model.path: model.memory for model in whole}
        broken = tuple(
            ModelChoice(path=b.path, name=b.path.rpartition("/")[2], problem=b.reason) for b in search.broken
        )
        return ModelsFound(
            models=(*map(_choice, by_path), *map(_choice, search.models), *broken),
            looked_in=tuple(place.path for place in search.looked_in),
        )

    async def binary(self) -> BinaryFound:
        """Find llama-server and ask it for its build, unless that would wake a card."""
        return await self._launcher.binary(not_asked=not_asked(self._gpus))

    async def gpus(self) -> tuple[GpuReading, ...]:
        """The AMD GPUs now."""
        self._gpus = await asyncio.to_thread(read_gpus)
        return self._gpus

    def estimate(self, plan: LaunchPlan) -> MemoryFit | None:
        """What the plan would take of the chosen GPU, or of system memory where there is none."""
        model = self._model(plan)
        if model is None:
            return None
        fit = fit_of(plan, model, self._gpus, self._launcher.known_build(plan.server_bin))
        return msgspec.structs.replace(fit, expect=self._expect(plan)) if fit is not None else None

    def slots_at(self, plan: LaunchPlan) -> tuple[int | None, ...]:
        """The most slots of each of CONTEXTS, of those the model was trained for."""
        model = self._memory.get(plan.model)
        device, total, rooms = place_of(plan, self._gpus, self._launcher.known_build(plan.server_bin))
        if model is None or total is None:
            return (None,) * len(CONTEXTS)
        placed = model if device == SYSTEM_MEMORY else on_card(model, plan.gpu_layers, plan.extra_args)
        options, longest = options_of(plan), model.n_ctx_train or CONTEXTS[-1]
        return tuple(max_slots(placed, rooms, ctx, options) if ctx <= longest else None for ctx in CONTEXTS)

    def _model(self, plan: LaunchPlan) -> ModelMemory | None:
        return self._memory.get(plan.model) or memory_at(plan.model)

    def _expect(self, plan: LaunchPlan) -> str:
        """The decode speed to expect, in words."""
        build = self._launcher.known_build(plan.server_bin)
        cards = cards_of(plan, self._gpus, build)
        layers = ("-ngl", plan.gpu_layers) if plan.gpu_layers else ()
        return forecast_words(plan.model, cards, build.backend, plan.parallel, (*layers, *plan.extra_args))

    def command_line(self, plan: LaunchPlan) -> CommandPreview:
        """What would be run. Raises UsageError when the plan cannot be run."""
        return self._launcher.preview(plan)


def _search(chosen: str) -> tuple[ModelSearch, list[ModelInfo]]:
    """The models found; and the chosen one and those of the settings, where they lie elsewhere."""
    try:
        settings = SettingsFile().read()
    except UsageError:
        settings = Settings()  # the launch screen tells what is wrong with them
    search = find_models(model_dirs(settings))
    known = {model.path for model in search.models} | {broken.path for broken in search.broken}
    plans = (settings.launch, *settings.profiles.values())
    wanted = dict.fromkeys((chosen, *(plan.model for plan in plans if plan)))
    elsewhere = (model_at(path) for path in wanted if path and path not in known)
    return search, [model for model in elsewhere if model is not None]


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
