"""What the launch screen chooses from, found on this machine."""

from __future__ import annotations

import asyncio

from rocmtui.adapters.gpu.sysfs import read_gpus
from rocmtui.adapters.host.own import own_limits, usable_memory_bytes
from rocmtui.adapters.machine.description import read_machine
from rocmtui.adapters.machine.settings_file import SettingsFile, model_dirs
from rocmtui.adapters.models.search import ModelSearch, find_models, model_at
from rocmtui.adapters.models.taken_file import read_taken
from rocmtui.adapters.server.launcher import LlamaLauncher
from rocmtui.core.gguf.fit import CONTEXTS
from rocmtui.core.gguf.info import ModelInfo, ModelMemory
from rocmtui.core.gguf.offload import on_card
from rocmtui.core.gguf.split import DeviceRoom, Rooms, read_split
from rocmtui.core.gguf.vram_estimate import MARGIN_BYTES, VramEstimate, max_slots
from rocmtui.core.gpu.choice.pick import choose
from rocmtui.core.gpu.memory.advice import what_would_fit
from rocmtui.core.gpu.memory.devices import device_rooms
from rocmtui.core.gpu.memory.need import ctx_of, flags_of, options_of, plan_need
from rocmtui.core.gpu.memory.room import chosen_words, memory_bytes
from rocmtui.core.gpu.memory.taken import Taken, closest, learned_words, without
from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.gpu.sleep import not_asked
from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.session.launch import (
    BinaryFound,
    CommandPreview,
    MemoryFit,
    ModelChoice,
    ModelsFound,
    memory_doubt,
)
from rocmtui.core.session.settings import Settings
from rocmtui.errors import UsageError
from rocmtui.wiring.limits import forecast_words

SYSTEM_MEMORY = "system memory"


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
        device, total, rooms = self._device(plan)
        if total is None:
            return None
        if device != SYSTEM_MEMORY:
            model = on_card(model, plan.gpu_layers, plan.extra_args)
        need = plan_need(model, plan)
        host = need.host_weights_bytes if device == SYSTEM_MEMORY else 0
        other = total - sum(room.free_bytes for room in rooms)
        taken = self._taken_before(plan, need, on_cpu=device == SYSTEM_MEMORY)
        missing = taken.missing_bytes if taken else 0
        rooms = without(rooms, host + missing)
        tightest = need.tightest(rooms)
        on_host = device == SYSTEM_MEMORY
        fits = need.fits(rooms)
        return MemoryFit(
            device=device,
            total_bytes=total,
            weights_bytes=need.weights_bytes + host,
            kv_per_slot_bytes=need.kv_per_slot_bytes,
            slots=plan.parallel,
            compute_bytes=max(need.compute_bytes * len(rooms) + missing, 0),
            other_bytes=other,
            margin_bytes=MARGIN_BYTES,
            advice="" if fits else what_would_fit(self._model(plan), plan, rooms, on_host=on_host),
            max_slots=max_slots(model, rooms, ctx_of(model, plan), options_of(plan)),
            learned=learned_words(taken) if taken else None,
            limited_by=tightest.name if len(rooms) > 1 else None,
            least_left_bytes=need.left_on(tightest) + MARGIN_BYTES if len(rooms) > 1 else None,
            notes=(f"llama-server keeps {MARGIN_BYTES >> 20} MiB free",),
            expect=self._expect(plan),
            doubt=memory_doubt(
                need.host_weights_bytes + (need.weights_bytes if on_host else 0), usable_memory_bytes()
            ),
        )

    def slots_at(self, plan: LaunchPlan) -> tuple[int | None, ...]:
        """The most slots of each of CONTEXTS, of those the model was trained for."""
        model = self._memory.get(plan.model)
        device, total, rooms = self._device(plan)
        if model is None or total is None:
            return (None,) * len(CONTEXTS)
        placed = model if device == SYSTEM_MEMORY else on_card(model, plan.gpu_layers, plan.extra_args)
        options, longest = options_of(plan), model.n_ctx_train or CONTEXTS[-1]
        return tuple(max_slots(placed, rooms, ctx, options) if ctx <= longest else None for ctx in CONTEXTS)

    def _model(self, plan: LaunchPlan) -> ModelMemory | None:
        known = self._memory.get(plan.model)
        if known is None and (found := model_at(plan.model)) is not None and found.problem is None:
            return found.memory
        return known

    def _taken_before(self, plan: LaunchPlan, need: VramEstimate, *, on_cpu: bool) -> Taken | None:
        """What the same model took the last time on the same build."""
        build = self._launcher.known_build(plan.server_bin)
        size = need.weights_bytes + need.host_weights_bytes
        name = plan.model.rpartition("/")[2]
        found = closest(read_taken(), name, size, build.version, build.backend, flags_of(plan))
        return found if found is not None and bool(found.cards) is not on_cpu else None

    def _expect(self, plan: LaunchPlan) -> str:
        """The decode speed to expect, in words."""
        backend = self._launcher.known_build(plan.server_bin).backend
        try:
            cards = choose(plan.gpu, self._gpus, backend).gpus if backend != "CPU" else ()
        except UsageError:
            cards = ()
        layers = ("-ngl", plan.gpu_layers) if plan.gpu_layers else ()
        return forecast_words(plan.model, cards, backend, plan.parallel, (*layers, *plan.extra_args))

    def command_line(self, plan: LaunchPlan) -> CommandPreview:
        """What would be run. Raises UsageError when the plan cannot be run."""
        return self._launcher.preview(plan)

    def _device(self, plan: LaunchPlan) -> tuple[str, int | None, Rooms]:
        """Name and size of the memory a plan would take, and what each device of it has free."""
        backend = self._launcher.known_build(plan.server_bin).backend
        try:
            chosen = choose(plan.gpu, self._gpus, backend).gpus if backend != "CPU" else ()
        except UsageError:
            chosen = ()
        available = usable_memory_bytes()
        if not chosen:
            wholes = (read_machine().memory_bytes, own_limits().memory_limit_bytes)
            total = min((size for size in wholes if size is not None), default=None)
            return SYSTEM_MEMORY, total, (DeviceRoom(free_bytes=available or total or 0),)
        sizes = [memory_bytes(gpu, backend) for gpu in chosen]
        total = None if None in sizes else sum(size for size in sizes if size is not None)
        rooms = device_rooms(chosen, available, backend, read_split(plan.extra_args))
        name = f"{chosen[0].name}{chosen_words(chosen[0])}" if len(chosen) == 1 else f"{len(chosen)} cards"
        return name, total, rooms or (DeviceRoom(free_bytes=total or 0),)


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
