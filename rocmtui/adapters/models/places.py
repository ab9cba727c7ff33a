"""Where people keep GGUF models, and the model files in each place."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
from platformdirs import user_cache_path

from rocmtui.core.gguf.names import is_gguf_name
from rocmtui.core.text.untrusted_json import UNREADABLE

MAX_DEPTH = 4
HF_DEPTH = 5
MAX_ENTRIES = 200_000
"""A folder tree of more entries is not searched to its end."""
MAX_MANIFEST_BYTES = 1 << 20
OLLAMA_DIGEST = re.compile(r"^sha256[:-]([0-9a-f]{64})$")
OLLAMA_MODEL_LAYER = "application/vnd.ollama.image.model"
OLLAMA_SERVICE = Path("/usr/share/ollama/.ollama/models")
OLLAMA_DEFAULT = "registry.ollama.ai/library/"


class Place(msgspec.Struct, frozen=True):
    """A folder to search and how its files lie in it."""

    path: Path
    kind: str
    """For people: `Hugging Face cache`, `Ollama`, `given` ..."""


class ModelFile(msgspec.Struct, frozen=True):
    """One GGUF file found; `name` only where its place names it otherwise than its file does."""

    path: Path
    name: str | None = None


def known_places() -> list[Place]:
    """Every folder in which other tools keep models, whether it exists or not."""
    home = Path.home()
    cache = user_cache_path()
    llama_cache = _variable("LLAMA_CACHE")
    hf_home = _variable("HF_HOME")
    hub = _variable("HF_HUB_CACHE") or _variable("HUGGINGFACE_HUB_CACHE")
    hub = hub or (hf_home / "hub" if hf_home else cache / "huggingface" / "hub")
    places = [
        Place(cache / "rocmtui", "rocmtui demo"),
        *([Place(llama_cache, "Hugging Face cache")] if llama_cache else []),
        Place(hub, "Hugging Face cache"),
        Place(llama_cache or cache / "llama.cpp", "llama.cpp cache"),
        Place(home / ".lmstudio" / "models", "LM Studio"),
        Place(home / ".cache" / "lm-studio" / "models", "LM Studio"),
        Place(_variable("OLLAMA_MODELS") or home / ".ollama" / "models", "Ollama"),
        Place(OLLAMA_SERVICE, "Ollama"),
    ]
    return list(dict.fromkeys(places))


def files_of(place: Place) -> Iterator[ModelFile]:
    """The GGUF files of a place, links followed. Raises OSError when the place itself cannot be read."""
    if place.path.is_file():
        yield ModelFile(place.path)
    elif place.kind == "Ollama":
        yield from _ollama(place.path)
    elif place.kind == "Hugging Face cache":
        for repository in _sorted_entries(place.path):
            snapshots = Path(repository.path) / "snapshots"
            if repository.name.startswith("models--") and snapshots.is_dir():
                yield from _walk(snapshots, HF_DEPTH - 2)
    else:
        depth = 0 if place.kind == "llama.cpp cache" else MAX_DEPTH
        yield from _walk(place.path, depth)


def _variable(name: str) -> Path | None:
    value = os.environ.get(name)
    return Path(value).expanduser() if value else None


def _sorted_entries(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def _walk(root: Path, depth: int) -> Iterator[ModelFile]:
    """Breadth first, so that of a tree too large its upper levels are seen; links in a circle end it."""
    seen: set[tuple[int, int]] = set()
    entries_left = MAX_ENTRIES
    level = [root]
    for below in range(depth, -1, -1):
        next_level: list[Path] = []
        for folder in level:
            try:
                entries = _sorted_entries(folder)
            except OSError:
                if folder == root:
                    raise
                continue  # a folder of someone else's inside a folder of models
            entries_left -= len(entries)
            if entries_left < 0:
                return
            for entry in entries:
                if is_gguf_name(entry.name) and not entry.is_dir():
                    yield ModelFile(Path(entry.path))
                elif below and not entry.name.startswith(".") and _is_new_folder(entry, seen):
                    next_level.append(Path(entry.path))
        level = next_level


def _is_new_folder(entry: os.DirEntry[str], seen: set[tuple[int, int]]) -> bool:
    try:
        if not entry.is_dir():
            return False
        found = entry.stat()
    except OSError:
        return False  # gone, or a link to itself
    identity = (found.st_dev, found.st_ino)
    new = identity not in seen
    seen.add(identity)
    return new


class _Layer(msgspec.Struct):
    media_type: str = msgspec.field(name="mediaType", default="")
    digest: str = ""


class _Manifest(msgspec.Struct):
    layers: list[_Layer] = []


def _ollama(root: Path) -> Iterator[ModelFile]:
    manifests = root / "manifests"
    if not manifests.is_dir():
        _sorted_entries(root)
        return
    for folder, folders, names in os.walk(manifests):
        folders.sort()
        for name in sorted(names):
            manifest = Path(folder, name)
            digest = _model_digest(manifest)
            if digest:
                shown = str(manifest.parent.relative_to(manifests)).removeprefix(OLLAMA_DEFAULT)
                yield ModelFile(root / "blobs" / f"sha256-{digest}", f"{shown}:{name}")


def _model_digest(manifest: Path) -> str | None:
    try:
        with manifest.open("rb") as file:
            layers = msgspec.json.decode(file.read(MAX_MANIFEST_BYTES), type=_Manifest).layers
    except (OSError, *UNREADABLE):
        return None  # some other file among the manifests
    for layer in layers:
        found = OLLAMA_DIGEST.match(layer.digest)
        if layer.media_type == OLLAMA_MODEL_LAYER and found:
            return found[1]
    return None
