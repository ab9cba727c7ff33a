"""The tables of `rocmtui models`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rocmtui.adapters.models.search import BrokenModel, SearchedPlace
from rocmtui.core.gguf.fit import ModelFit
from rocmtui.core.gguf.info import ModelInfo
from rocmtui.core.gguf.split import Rooms
from rocmtui.core.gguf.vram_estimate import MARGIN_BYTES
from rocmtui.core.gpu.memory.room import memory_bytes
from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.text.sanitize import clean_line
from rocmtui.core.text.sizes import DASH, count_text, ctx_text, size_text
from rocmtui.core.text.tables import plain_table

NAME_CHARS = 44


def models_table(models: Sequence[ModelInfo]) -> str:
    """What each model is."""
    head = ("MODEL", "ARCH", "SIZE", "QUANT", "PARAMS", "CTX", "PARTS", "WHERE")
    rows = [
        (
            clean_line(model.name, NAME_CHARS),
            clean_line(model.architecture, 16),
            size_text(model.file_bytes),
            model.quantization or DASH,
            count_text(model.n_params),
            ctx_text(model.n_ctx_train),
            f"{model.parts}{'+mmproj' if model.mmproj else ''}",
            model.found_in,
        )
        for model in models
    ]
    return plain_table(head, rows, right=frozenset({2, 4, 5})) + _problems(models)


def fit_table(models: Sequence[ModelInfo], fits: Mapping[str, ModelFit]) -> str:
    """How many slots of each context fit; `fits` lacks the models that cannot be started."""
    contexts = sorted({at.ctx_per_slot for fit in fits.values() for at in fit.slots_at})
    asked = next(iter(fits.values()))
    head = ["MODEL", "QUANT", "WEIGHTS", f"KV/SLOT {ctx_text(asked.need.slot_ctx)}", "COMPUTE"]
    head += [f"SLOTS AT {ctx_text(ctx)}" if ctx == contexts[0] else ctx_text(ctx) for ctx in contexts]
    if asked.parallel:
        head += [f"CTX FOR {asked.parallel}", "FITS"]
    limits = any(fit.limited_by for fit in fits.values())
    if limits:
        head += ["LIMITS"]
    rows = [
        [*_fit_row(model, fits[model.path], contexts), *([_limit(fits[model.path])] if limits else [])]
        if model.path in fits
        else [clean_line(model.name, NAME_CHARS), model.quantization or DASH, *[DASH] * (len(head) - 2)]
        for model in models
    ]
    table = plain_table(head, rows, right=frozenset(range(2, len(head))))
    uncounted = [model for model in models if model.path in fits and fits[model.path].need.uncounted]
    notes = [
        f"\n{clean_line(model.name, 60)}: not counted is {fits[model.path].need.uncounted}"
        for model in uncounted
    ]
    return table + "".join(notes) + _problems(models)


def _fit_row(model: ModelInfo, fit: ModelFit, contexts: Sequence[int]) -> list[str]:
    slots = {at.ctx_per_slot: str(at.slots) for at in fit.slots_at}
    need = fit.need
    row = [
        clean_line(model.name, NAME_CHARS),
        model.quantization or DASH,
        size_text(need.weights_bytes),
        size_text(need.kv_per_slot_bytes),
        size_text(need.compute_bytes),
        *(slots.get(ctx, DASH) for ctx in contexts),
    ]
    if fit.parallel:
        row += [ctx_text(fit.max_ctx_per_slot or None), "yes" if fit.fits else "no"]
    return row


def _limit(fit: ModelFit) -> str:
    """`GPU 1`, the device with the least left."""
    words = (fit.limited_by or DASH).split()
    return " ".join(words[:2] + words[-2:] if "partition" in words else words[:2])


def fitted_to_text(
    rooms: Rooms, gpus: Sequence[GpuReading] = (), backend: str | None = None, notes: Sequence[str] = ()
) -> str:
    """What the table is about; the margin is named, because it explains why the last slot does not fit."""
    of_what = "of it" if len(rooms) == 1 else "of each device"
    margin = f"{size_text(MARGIN_BYTES)} {of_what} stays free, as llama-server leaves it"
    if not gpus:
        return f"fitted to {size_text(sum(room.free_bytes for room in rooms))}; {margin}\n"
    if len(rooms) > 1:
        lines = [
            f"{clean_line(room.name, 60)}: {size_text(room.free_bytes)} free, takes {room.share:.0%}"
            for room in rooms
        ]
        return "\n".join([*lines, margin, *(clean_line(note, 300) for note in notes), ""])
    (gpu, room) = gpus[0], rooms[0]
    name = f"GPU {gpu.index} {clean_line(gpu.name, 40)} ({gpu.pci})"
    line = f"{name}: {size_text(room.free_bytes)} free of {size_text(memory_bytes(gpu, backend))}; {margin}"
    return "\n".join([line, *(clean_line(note, 300) for note in notes), ""])


def broken_text(broken: Sequence[BrokenModel]) -> str:
    """A line for each file that cannot be loaded."""
    lines = [
        f"  {clean_line(model.path, 200)} {clean_line(model.reason, 200)}"
        + (f" ({model.remedy})" if model.remedy else "")
        for model in broken
    ]
    return "cannot be loaded:\n" + "\n".join(lines)


def places_text(looked_in: Sequence[SearchedPlace]) -> str:
    """Where nothing was found, and what to do."""
    lines = [
        f"  {clean_line(place.path, 200)}" + (f" ({place.problem})" if place.problem else "")
        for place in looked_in
    ]
    return (
        "rocmtui: no models found; looked in\n"
        + "\n".join(lines)
        + "\nname a folder: `rocmtui models DIR`; or try `rocmtui demo`, which brings a small model\n"
    )


def _problems(models: Sequence[ModelInfo]) -> str:
    return "".join(
        f"\n{clean_line(model.name, 60)}: {clean_line(model.problem, 200)}"
        for model in models
        if model.problem
    )
