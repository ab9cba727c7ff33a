"""The config file: `$XDG_CONFIG_HOME/rocmtui/config.toml`."""

from __future__ import annotations

from pathlib import Path

from rocmtui.adapters.machine.files import config_folder, telling, write_whole
from rocmtui.core.session.settings import Settings, read_settings, write_settings
from rocmtui.errors import UsageError


def default_path() -> Path:
    """Where the XDG rules put the file."""
    return config_folder() / "config.toml"


def model_dirs(settings: Settings) -> list[Path]:
    """Folders with models that the settings name."""
    return [Path(folder).expanduser() for folder in settings.model_dirs]


class SettingsFile:
    """Reads and writes the settings (a SettingsStore); a write replaces the file whole or not at all."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or default_path()

    def read(self) -> Settings:
        """The settings; defaults where there is no file. Raises UsageError, naming the file."""
        try:
            text = self.path.read_bytes().decode()
        except FileNotFoundError:
            return Settings()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot read {self.path}: {error}") from error
        try:
            return read_settings(text)
        except UsageError as error:
            raise UsageError(f"{self.path}: {error.message}", error.remedy) from error

    def write(self, settings: Settings) -> None:
        """Keep the settings. A file that could not be read is not overwritten. Raises UsageError."""
        self.read()
        with telling(f"cannot write {self.path}", kind=UsageError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self.path, write_settings(settings).encode(errors="replace"))
