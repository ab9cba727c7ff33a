"""Runs, benches and sweeps by name: those in the data folder, and those written elsewhere with --output."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rocmtui.adapters.machine.files import data_folder, write_whole
from rocmtui.core.text.near import did_you_mean
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import UsageError

KINDS = ("runs", "benches", "sweeps")
"""Folders below the data folder."""
MOST_REMEMBERED = 200


def remember(path: Path) -> None:
    """Note a folder that was asked for by path; a data folder that cannot be written forgets it."""
    path = path.resolve()
    if path.parent in _homes():
        return
    kept = [*(known for known in remembered() if known != path), path][-MOST_REMEMBERED:]
    try:
        data_folder("").mkdir(parents=True, exist_ok=True)
        write_whole(_list_file(), "".join(f"{known}\n" for known in kept).encode(errors="surrogateescape"))
    except OSError:
        pass  # the folder itself is what was asked for; only its name is not known later


def remembered() -> list[Path]:
    """Folders written elsewhere that are still there, oldest first."""
    try:
        lines = _list_file().read_bytes().decode(errors="surrogateescape").splitlines()
    except OSError:
        return []
    return [path for line in lines if (path := Path(line)).is_dir()]


def known_folders(root: Path | None = None) -> list[Path]:
    """Every folder below `root`; without one those of the data folder, and the remembered ones."""
    homes = [root] if root is not None else _homes()
    found = [path for home in homes for path in folders_in(home)]
    return found if root is not None else [*found, *remembered()]


def data_place() -> Path:
    """The folder that holds all of it."""
    return data_folder("runs").parent


def folders_in(home: Path) -> list[Path]:
    """The folders in a folder, by name; none where it cannot be read."""
    try:
        return sorted(path for path in home.iterdir() if path.is_dir())
    except OSError:
        return []


def find_folder(word: str, root: Path | None = None, *, also: Iterable[str] = ()) -> Path:
    """The path a word stands for: a path, or the name of a run, bench or sweep, or a beginning only it has.

    Raises UsageError, which says what comes near among names and `also`.
    """
    path = Path(word).expanduser()
    if path.exists():
        return path
    known = known_folders(root)
    found = [folder for folder in known if folder.name == word]
    found = found or [folder for folder in known if word and folder.name.startswith(word)]
    if len(found) == 1:
        return found[0]
    shown = clean_line(word, 200)
    if found:
        several = ", ".join(str(folder) for folder in found[:4])
        raise UsageError(f"{shown} may be any of {len(found)}", f"give one of them: {several}")
    names = [*(folder.name for folder in known), *also]
    raise UsageError(
        f"{shown} does not exist, and no run or baseline has that name",
        did_you_mean(word, names, "see `rocmtui runs`"),
    )


def _homes() -> list[Path]:
    return [data_folder(kind) for kind in KINDS]


def _list_file() -> Path:
    return data_folder("elsewhere.txt")
