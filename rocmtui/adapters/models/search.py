"""Finds the models of this machine, with what their headers say; broken files with the reason."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from rocmtui.adapters.models.gguf_file import gguf_header
from rocmtui.adapters.models.places import ModelFile, Place, files_of, known_places
from rocmtui.core.gguf.header import GgufError, GgufInfo
from rocmtui.core.gguf.info import ModelInfo, describe, is_model
from rocmtui.core.gguf.names import best_projector, is_model_name, model_name, split_part
from rocmtui.core.text.near import nearest
from rocmtui.errors import UsageError

PLACES_BY_REPOSITORY = frozenset({"Hugging Face cache", "LM Studio"})
"""There a projector belongs to the models beside it; in a folder of everything nobody knows."""


class BrokenModel(msgspec.Struct, frozen=True, kw_only=True):
    """A file that looks like a model and cannot be loaded. The path is untrusted text."""

    path: str
    reason: str
    remedy: str | None = None


class SearchedPlace(msgspec.Struct, frozen=True, kw_only=True):
    """A folder that was looked in."""

    path: str
    kind: str
    found: int = 0
    problem: str | None = None
    """`does not exist`, `Permission denied` ...; None when it was searched."""


class ModelSearch(msgspec.Struct, frozen=True, kw_only=True):
    """All that was found, models by name."""

    models: tuple[ModelInfo, ...] = ()
    broken: tuple[BrokenModel, ...] = ()
    looked_in: tuple[SearchedPlace, ...] = ()


def find_models(extra_dirs: Sequence[Path] = ()) -> ModelSearch:
    """Search `extra_dirs` (folders or files) and every known place.

    Blocks: about 25 ms for each model with a large vocabulary when first seen, so call it in a thread.
    """
    search = _Search()
    places = [Place(path, "given") for path in extra_dirs] + known_places()
    looked_in = tuple(search.look_in(place) for place in places)
    return ModelSearch(
        models=tuple(sorted(search.models, key=lambda model: model.name.casefold())),
        broken=tuple(search.broken),
        looked_in=looked_in,
    )


def resolve_model(text: str, extra_dirs: Sequence[Path] = ()) -> Path:
    """The file meant by `-m text`: a path, or the name of a model that `find_models` finds.

    Raises UsageError that names what comes near.
    """
    path = Path(text).expanduser()
    if path.exists():
        return path
    models = {model.name: model for model in find_models(extra_dirs).models}
    if text in models:
        return Path(models[text].path)
    near = nearest(text, models)
    hint = f"did you mean {near!r}?" if near else "see `rocmtui models` for those on this machine"
    raise UsageError(f"no model {text!r}", hint)


def model_at(path: str) -> ModelInfo | None:
    """The model in a file, whatever its name and place; None where there is none that can be read."""
    file = ModelFile(Path(path).expanduser())
    try:
        model = _read_model(file, Place(file.path, "given"))
    except GgufError:
        return None
    return msgspec.structs.replace(model, path=path) if model else None


class _Search:
    """Collects models of one search; a file reached twice (links, caches in caches) is listed once."""

    def __init__(self) -> None:
        self.models: list[ModelInfo] = []
        self.broken: list[BrokenModel] = []
        self._seen: set[str] = set()

    def look_in(self, place: Place) -> SearchedPlace:
        before = len(self.models)
        problem = None
        try:
            for file in files_of(place):
                self._take(file, place)
        except OSError as error:
            problem = (
                "does not exist" if isinstance(error, FileNotFoundError) else error.strerror or str(error)
            )
        found = len(self.models) - before
        return SearchedPlace(path=str(place.path), kind=place.kind, found=found, problem=problem)

    def _take(self, file: ModelFile, place: Place) -> None:
        if file.name is None and not is_model_name(file.path.name):
            return
        part = split_part(file.path.name)
        if part and part.number != 1 and file.path.with_name(part.file_name(1)).exists():
            return  # comes with part 1
        real = os.path.realpath(file.path)
        if real in self._seen:
            return
        self._seen.add(real)
        try:
            if part and part.number != 1:
                reason = f"is part {part.number} of {part.parts}, and part 1 is missing"
                raise GgufError(reason, "download part 1")
            model = _read_model(file, place)
        except GgufError as error:
            self.broken.append(BrokenModel(path=str(file.path), reason=error.message, remedy=error.remedy))
            return
        if model:
            self.models.append(model)


def _read_model(file: ModelFile, place: Place) -> ModelInfo | None:
    """None: a GGUF, but no language model."""
    first = gguf_header(file.path)
    if not is_model(first):
        return None
    part = split_part(file.path.name)
    count = first.integer("split.count") or 1
    if not part and count > 1:
        raise GgufError(f"is one of {count} parts, but its name does not say so", "give it its old name back")
    headers, missing = [first], []
    siblings = part.siblings() if part else []
    for number, name in enumerate(siblings, start=2):
        sibling = file.path.with_name(name)
        if sibling.exists():
            headers.append(gguf_header(sibling))
        else:
            missing.append(number)
    model = describe(headers, str(file.path), file.name or model_name(file.path.name))
    problem = _of_missing_parts(missing, part.parts) if part and missing else model.problem
    mmproj = _projector(file.path) if place.kind in PLACES_BY_REPOSITORY else None
    return msgspec.structs.replace(model, found_in=place.kind, problem=problem, mmproj=mmproj)


def headers_of(path: Path) -> tuple[GgufInfo, ...]:
    """Of all parts of a model, the first first. Raises GgufError."""
    part = split_part(path.name)
    others = part.siblings() if part else []
    return (gguf_header(path), *(gguf_header(path.with_name(name)) for name in others))


def _of_missing_parts(missing: list[int], parts: int) -> str:
    if len(missing) == 1:
        return f"part {missing[0]} of {parts} is missing: download it again"
    return f"{len(missing)} of {parts} parts are missing, the first is part {missing[0]}: download them again"


def _projector(path: Path) -> str | None:
    name = best_projector([entry.name for entry in path.parent.iterdir()])
    return str(path.parent / name) if name else None
