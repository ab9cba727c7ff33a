"""What a plan's server would take of its memory: one rule for the launch screen and for every start."""

from __future__ import annotations

from rocmtui.adapters.gpu.sysfs import read_gpus
from rocmtui.adapters.host.own import own_limits, usable_memory_bytes
from rocmtui.adapters.machine.description import read_machine
from rocmtui.adapters.models.search import model_at
from rocmtui.adapters.models.taken_file import read_taken
from rocmtui.core.gguf.info import ModelMemory
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
from rocmtui.core.server.build import ServerBuild
from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.session.launch import SYSTEM_MEMORY, MemoryFit, memory_doubt, start_doubts
from rocmtui.errors import UsageError

Gpus = tuple[GpuReading, ...]


def doubts_of(plan: LaunchPlan, build: ServerBuild) -> tuple[str, ...]:
    """What speaks against the start now, by the cards as they are at this moment; nothing where it fits."""
    memory = memory_at(plan.model)
    if memory is None:
        return ()
    try:
        fit = fit_of(plan, memory, read_gpus(), build)
    except UsageError:
        return ()  # a cache type that is newer than ours
    return start_doubts(fit) if fit is not None else ()


def fit_of(plan: LaunchPlan, model: ModelMemory, gpus: Gpus, build: ServerBuild) -> MemoryFit | None:
    """The estimate, corrected by the last start of the model; None where the device's size is not known.

    Raises UsageError for an unknown cache type.
    """
    device, total, rooms = place_of(plan, gpus, build)
    if total is None:
        return None
    on_host = device == SYSTEM_MEMORY
    placed = model if on_host else on_card(model, plan.gpu_layers, plan.extra_args)
    need = plan_need(placed, plan)
    host = need.host_weights_bytes if on_host else 0
    other = total - sum(room.free_bytes for room in rooms)
    taken = _taken_before(plan, need, build, on_cpu=on_host)
    missing = taken.missing_bytes if taken else 0
    rooms = without(rooms, host + missing)
    tightest = need.tightest(rooms)
    return MemoryFit(
        device=device,
        total_bytes=total,
        weights_bytes=need.weights_bytes + host,
        kv_per_slot_bytes=need.kv_per_slot_bytes,
        slots=plan.parallel,
        compute_bytes=max(need.compute_bytes * len(rooms) + missing, 0),
        other_bytes=other,
        margin_bytes=MARGIN_BYTES,
        advice="" if need.fits(rooms) else what_would_fit(model, plan, rooms, on_host=on_host),
        max_slots=max_slots(placed, rooms, ctx_of(placed, plan), options_of(plan)),
        learned=learned_words(taken) if taken else None,
        limited_by=tightest.name if len(rooms) > 1 else None,
        least_left_bytes=need.left_on(tightest) + MARGIN_BYTES if len(rooms) > 1 else None,
        doubt=memory_doubt(
            need.host_weights_bytes + (need.weights_bytes if on_host else 0), usable_memory_bytes()
        ),
    )


def place_of(plan: LaunchPlan, gpus: Gpus, build: ServerBuild) -> tuple[str, int | None, Rooms]:
    """Name and size of the memory a plan would take, and what each device of it has free."""
    backend, chosen = build.backend, cards_of(plan, gpus, build)
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


def cards_of(plan: LaunchPlan, gpus: Gpus, build: ServerBuild) -> Gpus:
    """The cards a plan would run on; none where it runs on the CPU, or names one that is not there."""
    try:
        return choose(plan.gpu, gpus, build.backend).gpus if build.backend != "CPU" else ()
    except UsageError:
        return ()


def memory_at(path: str) -> ModelMemory | None:
    """What decides on the memory of the model in a file; None where it cannot be loaded."""
    model = model_at(path)
    return None if model is None or model.problem is not None else model.memory


def _taken_before(plan: LaunchPlan, need: VramEstimate, build: ServerBuild, *, on_cpu: bool) -> Taken | None:
    """What the same model took the last time on the same build."""
    size = need.weights_bytes + need.host_weights_bytes
    name = plan.model.rpartition("/")[2]
    found = closest(read_taken(), name, size, build.version, build.backend, flags_of(plan))
    return found if found is not None and bool(found.cards) is not on_cpu else None
