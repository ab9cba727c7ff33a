"""Our own JSON documents: written in one form, and read by the schema they name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from rocmtui.core.text.untrusted_json import UNREADABLE
from rocmtui.errors import RunFolderError

T = TypeVar("T")


class _Head(msgspec.Struct):
    schema: str


def pretty(value: object) -> bytes:
    """JSON that people read too: indented, with a newline at its end."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def iso_utc(unix_ns: int) -> str:
    """`2026-05-04T10:11:12Z`."""
    return datetime.fromtimestamp(unix_ns // 1_000_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def schema_of(data: bytes) -> str:
    """The schema a document names; empty for what is cut off, damaged or of another kind."""
    try:
        return msgspec.json.decode(data.decode(), type=_Head).schema
    except UNREADABLE:
        return ""


def read_document(data: bytes, form: type[T], schema: str, what: str, remedy: str | None = None) -> T:
    """A document of a kind, such as `report`. Unknown keys are ignored.

    Raises RunFolderError for an unknown schema, and with `remedy` for what is no such document at all.
    """
    try:
        found = msgspec.json.decode(data, type=_Head).schema
        if _major(found) != _major(schema):
            raise RunFolderError(
                f"the {what} says {found!r}, this rocmtui reads {schema!r}", "use a matching version"
            )
        return msgspec.json.decode(data, type=form)
    except UNREADABLE as error:
        raise RunFolderError(f"this is no {what} of rocmtui: {error}", remedy) from error


def _major(schema: str) -> tuple[str, str]:
    name, _, version = schema.partition("/")
    return name, version.partition(".")[0]
