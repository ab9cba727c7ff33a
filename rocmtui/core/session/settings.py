"""Settings that outlive a session: the TOML of the config file and what it means."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping

import msgspec
import tomli_w

from rocmtui.core.load.draft.fields import LoadDraft
from rocmtui.core.server.state import LaunchPlan
from rocmtui.errors import UsageError

HEADER = "# rocmtui's settings. Change them freely; rocmtui rewrites this file, so comments are not kept.\n\n"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered."""

    theme: str | None = None
    model_dirs: tuple[str, ...] = ()
    """Folders searched for models besides the usual ones."""
    launch: LaunchPlan | None = None
    """How the server was started last."""
    load: LoadDraft | None = None
    """The load that was run last."""
    profiles: dict[str, LaunchPlan] = msgspec.field(default_factory=dict)
    """Named ways to start a server."""
    unknown: dict[str, object] = msgspec.field(default_factory=dict)
    """Keys this version does not know, nested as in the file; written back as they were."""


def read_settings(text: str) -> Settings:
    """Settings from the config file's text. Raises UsageError saying which line or key is wrong."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            f"the settings file is not TOML: {error}", "mend that line or remove the file"
        ) from None
    raw.pop("unknown", None)
    try:
        settings = msgspec.convert(raw, Settings)
    except msgspec.ValidationError as error:
        raise UsageError(f"a setting is wrong: {_readable(error)}", "mend or remove it") from None
    for name, plan in [("launch", settings.launch), *settings.profiles.items()]:
        if plan is not None and plan.parallel < 1:
            raise UsageError(f"a setting is wrong: parallel = {plan.parallel} in {name!r}", "use 1 or more")
    return msgspec.structs.replace(settings, unknown=_leftover(raw, _known(settings)))


def write_settings(settings: Settings) -> str:
    """The config file's text."""
    return HEADER + tomli_w.dumps(_merged(_known(settings), settings.unknown))


def unknown_keys(settings: Settings) -> tuple[str, ...]:
    """A sentence for each key this version does not know."""
    names = [*Settings.__struct_fields__, *LaunchPlan.__struct_fields__, *LoadDraft.__struct_fields__]
    return tuple(_about(key, names) for key in _paths(settings.unknown))


def _about(key: str, names: list[str]) -> str:
    near = difflib.get_close_matches(key.rpartition(".")[2], names, n=1)
    return f"unknown setting {key!r}" + (f"; did you mean {near[0]!r}?" if near else "; it is kept as it is")


def _known(settings: Settings) -> dict[str, object]:
    """All that is set, as plain values."""
    raw: dict[str, object] = msgspec.to_builtins(settings)
    raw.pop("unknown")
    return {key: _without_none(value) for key, value in raw.items() if value not in (None, [], {})}


def _without_none(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    return value


def _leftover(raw: Mapping[str, object], known: Mapping[str, object]) -> dict[str, object]:
    """What of `raw` has no place in `known`."""
    left: dict[str, object] = {}
    for key, value in raw.items():
        if key not in known and value not in ([], {}):
            left[key] = value
        elif isinstance(value, Mapping) and isinstance(inner := known.get(key), Mapping):
            deeper = _leftover(value, inner)
            if deeper:
                left[key] = deeper
    return left


def _merged(known: Mapping[str, object], unknown: Mapping[str, object]) -> dict[str, object]:
    merged = dict(known)
    for key, value in unknown.items():
        mine = merged.get(key)
        if isinstance(mine, Mapping) and isinstance(value, Mapping):
            merged[key] = _merged(mine, value)
        elif key not in merged:
            merged[key] = value
    return merged


def _paths(table: Mapping[str, object], prefix: str = "") -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, Mapping) and value:
            yield from _paths(value, f"{prefix}{key}.")
        else:
            yield prefix + key


def _readable(error: msgspec.ValidationError) -> str:
    what, _, where = str(error).partition(" - at `$.")
    return f"{where.rstrip('`')}: {what[:1].lower()}{what[1:]}" if where else what
