"""The tables of `rocmtui models`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rocmtui.adapters.models.search import BrokenModel, SearchedPlace
from rocmtui.cli.output.face import Face
from rocmtui.core.gguf.fit import ModelFit
from rocmtui.core.gguf.info import ModelInfo
from rocmtui.core.gguf.split import Rooms
from rocmtui.core.gguf.vram_estimate import MARGIN_BYTES
from rocmtui.core.gpu.memory.room import chosen_words, memory_bytes
from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.limits.forecast import Expected, Speeds, range_text
from rocmtui.core.text import forms
from rocmtui.core.text.sanitize import clean_line
from rocmtui.core.text.sizes import DASH
from rocmtui.core.text.tables import Cell, Column, Table, Toned

NAME_CHARS = 44
GIB, MIB = 1 << 30, 1 << 20
_MODEL = Column("model", least=16)
_MODELS = (
    _MODEL,
    Column("architecture", drop=3),
    Column("size GiB", right=True),
    Column("quant"),
    Column("parameters", right=True),
    Column("context", right=True, drop=1),
    Column("parts", drop=4),
    Column("where", drop=2),
)


_SPEEDS = (Column("expect tok/s", right=True, drop=19), Column("with slots", right=True, drop=23))


def models_table(models: Sequence[ModelInfo], face: Face) -> str:
    """What each model is."""
    rows = [
        (
            clean_line(model.name, NAME_CHARS),
            clean_line(model.architecture, 16),
            _amount(model.file_bytes, GIB),
            model.quantization or DASH,
            forms.params(model.n_params),
            forms.context(model.n_ctx_train),
            f"{model.parts}{'+mmproj' if model.mmproj else ''}",
            model.found_in,
        )
        for model in models
    ]
    return face.table(Table(_MODELS, rows)) + _problems(models)


def fit_table(
    models: Sequence[ModelInfo],
    fits: Mapping[str, ModelFit],
    face: Face,
    speeds: Mapping[str, Speeds] | None = None,
) -> str:
    """How many slots of each context fit; `fits` lacks the models that cannot be started."""
    speeds = speeds if any(one.alone or one.with_slots for one in (speeds or {}).values()) else None
    contexts = sorted({at.ctx_per_slot for fit in fits.values() for at in fit.slots_at})
    asked = next(iter(fits.values()))
    head = [
        _MODEL,
        Column("quant", drop=20),
        Column("weights GiB", right=True),
        *_SPEEDS[: 2 if speeds else 0],
        Column(f"KV MiB a slot of {forms.context(asked.need.slot_ctx)}", right=True, drop=21),
        Column("compute MiB", right=True, drop=22),
        *(Column(_slots_head(ctx, contexts), right=True, drop=1 + i) for i, ctx in enumerate(contexts)),
    ]
    if asked.parallel:
        head += [Column(f"context for {asked.parallel}", right=True), Column("fits")]
    limits = any(fit.limited_by for fit in fits.values())
    if limits:
        head += [Column("limited by", drop=17)]
    rows = [
        [
            *_fit_row(model, fits[model.path], contexts, _expected(speeds.get(model.path)) if speeds else ()),
            *([_limit(fits[model.path])] if limits else []),
        ]
        if model.path in fits
        else [clean_line(model.name, NAME_CHARS), model.quantization or DASH, *[DASH] * (len(head) - 2)]
        for model in models
    ]
    table = face.table(Table(head, rows))
    uncounted = [model for model in models if model.path in fits and fits[model.path].need.uncounted]
    notes = [
        f"\n{clean_line(model.name, 60)}: not counted is {fits[model.path].need.uncounted}"
        for model in uncounted
    ]
    notes += [
        f"\n{clean_line(model.name, 60)}: {fits[model.path].learned}"
        for model in models
        if model.path in fits and fits[model.path].learned
    ]
    return table + face.prose("".join(notes)) + _problems(models)


def _expected(speeds: Speeds | None) -> tuple[str, str]:
    """`45 to 60` alone and with slots; `~` where it is by published figures."""
    if speeds is None:
        return DASH, DASH
    return _range(speeds.alone), _range(speeds.with_slots)


def _range(expected: Expected | None) -> str:
    if expected is None:
        return DASH
    return f"{'~' * expected.is_public}{range_text(expected).removesuffix(' tok/s')}"


def _slots_head(ctx: int, contexts: Sequence[int]) -> str:
    return f"slots at {forms.context(ctx)}" if ctx == contexts[0] else forms.context(ctx)


def _fit_row(model: ModelInfo, fit: ModelFit, contexts: Sequence[int], speeds: tuple[str, ...]) -> list[Cell]:
    slots = {at.ctx_per_slot: str(at.slots) for at in fit.slots_at}
    need = fit.need
    row: list[Cell] = [
        clean_line(model.name, NAME_CHARS),
        model.quantization or DASH,
        _amount(need.weights_bytes, GIB),
        *speeds,
        _amount(need.kv_per_slot_bytes, MIB),
        _amount(need.compute_bytes, MIB),
        *(slots.get(ctx, DASH) for ctx in contexts),
    ]
    if fit.parallel:
        row += [
            forms.context(fit.max_ctx_per_slot or None),
            Toned("yes", "good") if fit.fits else Toned("no", "bad"),
        ]
    return row


def _amount(value: int | None, unit: int) -> str:
    return forms.figure(None if value is None else value / unit)


def _limit(fit: ModelFit) -> str:
    """`GPU 1`, the device with the least left."""
    words = (fit.limited_by or DASH).split()
    return " ".join(words[:2] + words[-2:] if "partition" in words else words[:2])


def fitted_to_text(
    rooms: Rooms,
    gpus: Sequence[GpuReading] = (),
    backend: str | None = None,
    notes: Sequence[str] = (),
    kind: str = "",
) -> str:
    """What the table is about; the margin is named, because it explains why the last slot does not fit.

    `kind`: what memory it is, where it is no card's.
    """
    of_what = "of it" if len(rooms) == 1 else "of each device"
    margin = f"{forms.size(MARGIN_BYTES)} {of_what} stays free, as llama-server leaves it"
    said = [clean_line(note, 300) for note in notes]
    if not gpus:
        free = forms.size(sum(room.free_bytes for room in rooms))
        return "\n".join([f"fitted to {free}{kind}; {margin}", *said, ""])
    if len(rooms) > 1:
        lines = [
            f"{clean_line(room.name, 60)}: {forms.size(room.free_bytes)} free, "
            f"takes {forms.share(room.share)}"
            for room in rooms
        ]
        return "\n".join([*lines, margin, *said, ""])
    (gpu, room) = gpus[0], rooms[0]
    name = f"GPU {gpu.index} {clean_line(gpu.name, 40)} ({gpu.pci}){chosen_words(gpu)}"
    line = f"{name}: {forms.size(room.free_bytes)} free of {forms.size(memory_bytes(gpu, backend))}; {margin}"
    return "\n".join([line, *said, ""])


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
        + "\nname a folder: `rocmtui models DIR`; or try `rocmtui demo`, which has a model\n"
    )


def _problems(models: Sequence[ModelInfo]) -> str:
    return "".join(
        f"\n{clean_line(model.name, 60)}: {clean_line(model.problem, 200)}"
        for model in models
        if model.problem
    )
