"""The models an address serves, and which of them is meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from rocmtui.core.text.late_regex import LateRegex
from rocmtui.core.text.sanitize import clean_line
from rocmtui.core.text.untrusted_json import UNREADABLE
from rocmtui.errors import UsageError

_NO_CHAT = LateRegex(
    r"embed|rerank|\bbge\b|\bgte\b|\be5\b|minilm|colbert|whisper|\btts\b|kokoro|stable-diffusion|\bsd(?:xl)?\b|\bflux\b",
    re.IGNORECASE,
)
"""Names of models that embed, rank, hear, speak or draw."""
_NO_CHAT_LABELS = {"image", "transcription", "speech"}
"""What lemonade calls models that draw, hear and speak; one that chats and sees has `vision`."""
_NO_CHAT_ARGS = {"--embedding", "--embeddings", "--rerank", "--reranking"}
MAX_LISTED = 12


class _Status(msgspec.Struct, frozen=True):
    value: str = ""
    args: Any = None
    failed: bool = False
    exit_code: int | None = None


class _Meta(msgspec.Struct, frozen=True):
    n_ctx_train: int | None = None
    n_params: int | None = None
    size: int | None = None


class OfferedModel(msgspec.Struct, frozen=True):
    """One entry of /v1/models, as far as any server fills it in."""

    id: str | None = None
    aliases: Any = ()
    type: Any = None
    labels: Any = ()
    recipe: Any = None
    """The program behind it: `llamacpp`, `sd-cpp`, `whispercpp` ..."""
    status: Any = None
    meta: Any = None

    @property
    def names(self) -> tuple[str, ...]:
        """What it answers to."""
        return tuple(filter(None, _texts((self.id, *_texts(self.aliases)))))

    @property
    def state(self) -> str | None:
        """`loaded`, `unloaded`, `loading`, `sleeping` ...; None where the server does not say."""
        return self._status.value or None

    @property
    def failure(self) -> int | None:
        """How its process ended when its last load failed."""
        return (self._status.exit_code or 1) if self._status.failed else None

    @property
    def chats(self) -> bool:
        """Whether it writes text, as far as its name, kind and arguments tell."""
        labels = _texts(self.labels)
        kinds = _texts((self.type, self.recipe, *labels, *self.names))
        return not (
            any(map(_NO_CHAT.search, kinds))
            or _NO_CHAT_LABELS.intersection(labels)
            or _NO_CHAT_ARGS.intersection(_texts(self._status.args))
        )

    @property
    def sizes(self) -> _Meta:
        """What llama-server adds of the model's file."""
        return _read_as(_Meta, self.meta)

    @property
    def _status(self) -> _Status:
        return _read_as(_Status, self.status)


_Part = TypeVar("_Part", _Status, _Meta)


def _read_as(kind: type[_Part], raw: Any) -> _Part:
    """With nothing in it where it is something else."""
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError:
        return kind()


def _texts(raw: Any) -> tuple[str, ...]:
    """The texts of a list; none where it is something else."""
    return tuple(text for text in raw if isinstance(text, str)) if isinstance(raw, list | tuple) else ()


class _Models(msgspec.Struct, frozen=True):
    data: tuple[OfferedModel, ...] | None


def read_models(body: bytes) -> tuple[OfferedModel, ...] | None:
    """The models of /v1/models; None where the body is no list of them."""
    try:
        return msgspec.json.decode(body, type=_Models).data or ()
    except UNREADABLE:
        return None


def choose_model(wanted: str | None, offered: Sequence[OfferedModel], url: str) -> OfferedModel:
    """The one that was asked for, else one that is loaded and chats, else the first that chats.

    Raises UsageError where there is no such model, or none that chats.
    """
    if wanted is not None:
        wish = _plain(wanted)
        for model in offered:
            if wish in map(_plain, model.names) or f"{wish}:latest" in map(_plain, model.names):
                return model
        raise UsageError(f"{url} has no model {clean_line(wanted)!r}", f"it serves: {_offered(offered)}")
    chatting = [model for model in offered if model.chats]
    if not chatting:
        raise UsageError(
            f"{url} serves no model that can chat, as far as their names tell",
            f"choose one with -a NAME; it serves: {_offered(offered)}",
        )
    return next((model for model in chatting if model.state in ("loaded", "sleeping")), chatting[0])


def _offered(offered: Sequence[OfferedModel]) -> str:
    return listed([model.names[0] for model in offered if model.names])


def listed(models: Sequence[str]) -> str:
    """Names of models (untrusted text) in a line."""
    names = [clean_line(name, 80) for name in models]
    rest = f" and {len(names) - MAX_LISTED} more" if len(names) > MAX_LISTED else ""
    return ", ".join(names[:MAX_LISTED]) + rest


def _plain(name: str) -> str:
    """A file's name stands for its path, with its ending or not."""
    plain = name.lower()
    return plain.rpartition("/")[2].removesuffix(".gguf") if plain.endswith(".gguf") else plain
