"""References on disk: the ones the user saves, and the ones kept by model so that they are made once."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_cache_path

from rocmtui.adapters.machine.files import telling, write_whole
from rocmtui.core.answers.reference import Reference, decode_reference, encode_reference
from rocmtui.errors import UsageError


def read_reference(path: Path) -> Reference:
    """Raises UsageError for a file that cannot be read or is none."""
    with telling(f"cannot read the reference {path}", kind=UsageError):
        data = path.read_bytes()
    try:
        return decode_reference(data)
    except UsageError as error:
        raise UsageError(f"{path}: {error.message}", error.remedy) from None


def write_reference(path: Path, reference: Reference) -> None:
    """Write it whole or not at all. Raises UsageError."""
    with telling(f"cannot write the reference {path}", kind=UsageError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, encode_reference(reference))


def kept_reference(model_hash: str | None, depth: int | None, folder: Path | None = None) -> Path | None:
    """Where the CPU's answers of a model are kept; None for a model that cannot be told from others.

    Below the user's cache folder: each can be made again.
    """
    if model_hash is None:
        return None
    name = f"{model_hash}-{depth}.json" if depth else f"{model_hash}.json"
    return (folder or user_cache_path("rocmtui") / "references") / name
