"""The tables of `rocmtui models`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

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
from rocmtui.core.text.forms import DASH
from rocmtui.core.text.sanitize import clean_line
from rocmtui.core.text.tables import Cell, Column, Table, Toned

NAME_CHARS = 44
GIB, MIB = 1 << 30, 1 << 20
Figure = Callable[[str], Cell]
"""What stands in a column of a model, which is named by its path."""
_MODEL = Column("model", least=16)
_MODELS: tuple[tuple[Column, Callable[[ModelInfo], str]], ...] = (
    (_MODEL, lambda model: clean_line(model.name, NAME_CHARS)),
    (Column("architecture", drop=3), lambda model: clean_line(model.architecture, 16)),
    (Column("size GiB", right=True), lambda model: _amount(model.file_bytes, GIB)),
    (Column("quant"), lambda model: model.quantization or DASH),
    (Column("parameters", right=True), lambda model: forms.params(model.n_params)),
    (Column("context", right=True, drop=1), lambda model: forms.context(model.n_ctx_train)),
    (Column("parts", drop=4), lambda model: f"{model.parts}{'+mmproj' if model.mmproj else ''}"),
    (Column("where", drop=2), lambda model: model.found_in),
)


def models_table(models: Sequence[ModelInfo], face: Face) -> str:
    """What each model is."""
    rows = [[cell(model) for _, cell in _MODELS] for model in models]
    return face.table(Table([column for column, _ in _MODELS], rows)) + _problems(models)


def fit_table(
    models: Sequence[ModelInfo],
    fits: Mapping[str, ModelFit],
    face: Face,
    speeds: Mapping[str, Speeds] | None = None,
) -> str:
    """How many slots of each context fit; `fits` lacks the models that cannot be started."""
    figures = [*_needs(fits, speeds or {}), *_slots(fits)]
    head = [_MODEL, Column("quant", drop=20), *(column for column, _ in figures)]
    rows = [
        [
            clean_line(model.name, NAME_CHARS),
            model.quantization or DASH,
            *(cell(model.path) if model.path in fits else DASH for _, cell in figures),
        ]
        for model in models
    ]
    known = [(clean_line(model.name, 60), fits[model.path]) for model in models if model.path in fits]
    notes = [f"\n{name}: not counted is {fit.need.uncounted}" for name, fit in known if fit.need.uncounted]
    notes += [f"\n{name}: {fit.learned}" for name, fit in known if fit.learned]
    return face.table(Table(head, rows)) + face.prose("".join(notes)) + _problems(models)


def _needs(fits: Mapping[str, ModelFit], speeds: Mapping[str, Speeds]) -> Iterator[tuple[Column, Figure]]:
    """What a model takes, and between that how fast it should be, where that is known of any."""
    yield Column("weights GiB", right=True), lambda path: _amount(fits[path].need.weights_bytes, GIB)
    if any(one.alone or one.with_slots for one in speeds.values()):
        yield Column("expect tok/s", right=True, drop=19), lambda path: _range(speeds[path].alone)
        yield Column("with slots", right=True, drop=23), lambda path: _range(speeds[path].with_slots)
    kv = f"KV MiB a slot of {forms.context(next(iter(fits.values())).need.slot_ctx)}"
    yield Column(kv, right=True, drop=21), lambda path: _amount(fits[path].need.kv_per_slot_bytes, MIB)
    yield Column("compute MiB", right=True, drop=22), lambda path: _amount(fits[path].need.compute_bytes, MIB)


def _slots(fits: Mapping[str, ModelFit]) -> Iterator[tuple[Column, Figure]]:
    """What fits of it: slots by context; what was asked for; the device with the least left."""

    def slots_at(ctx: int) -> Figure:
        return lambda path: next(
            (str(at.slots) for at in fits[path].slots_at if at.ctx_per_slot == ctx), DASH
        )

    asked = next(iter(fits.values())).parallel
    for at, ctx in enumerate(sorted({at.ctx_per_slot for fit in fits.values() for at in fit.slots_at})):
        head = forms.context(ctx) if at else f"slots at {forms.context(ctx)}"
        yield Column(head, right=True, drop=1 + at), slots_at(ctx)
    if asked:
        longest = Column(f"context for {asked}", right=True)
        yield longest, lambda path: forms.context(fits[path].max_ctx_per_slot or None)
        yield Column("fits"), lambda path: Toned("yes", "good") if fits[path].fits else Toned("no", "bad")
    if any(fit.limited_by for fit in fits.values()):
        yield Column("limited by", drop=17), lambda path: _limit(fits[path])


def _range(expected: Expected | None) -> str:
    """`45 to 60`; `~` where it is by published figures."""
    if expected is None:
        return DASH
    return f"{'~' * expected.is_public}{range_text(expected).removesuffix(' tok/s')}"


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
