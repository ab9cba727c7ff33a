"""Theme files: those that ship with rocmtui and the user's own."""

from __future__ import annotations

from pathlib import Path

import msgspec

import rocmtui
from rocmtui.adapters.machine.files import config_folder

MAX_BYTES = 100_000


class ThemeText(msgspec.Struct, frozen=True):
    """A theme file as read; `error` says why it could not be."""

    path: str
    name: str
    """The file's name without its ending: what the theme is called in settings."""
    text: str = ""
    error: str | None = None


def theme_folders() -> tuple[Path, ...]:
    """Where themes are looked for; a later folder's theme replaces an earlier one's of the same name."""
    return shipped_themes(Path(rocmtui.__file__).parent), config_folder() / "themes"


def shipped_themes(package: Path) -> Path:
    """The folder inside an installed package, or beside it in a checkout."""
    inside = package / "themes"
    return inside if inside.is_dir() else package.parent / "themes"


def read_theme_files(folders: tuple[Path, ...] | None = None) -> tuple[ThemeText, ...]:
    """Every `*.toml` of the folders in order of their names; a folder that is missing holds none."""
    paths = [path for folder in folders or theme_folders() for path in sorted(folder.glob("*.toml"))]
    return tuple(_read(path) for path in paths)


def _read(path: Path) -> ThemeText:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            return ThemeText(str(path), path.stem, error=f"is larger than {MAX_BYTES} bytes")
        return ThemeText(str(path), path.stem, text=data.decode())
    except OSError as error:
        return ThemeText(str(path), path.stem, error=error.strerror or "cannot be read")
    except UnicodeDecodeError:
        return ThemeText(str(path), path.stem, error="is not UTF-8 text")
