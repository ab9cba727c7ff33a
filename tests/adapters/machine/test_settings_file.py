from __future__ import annotations

from pathlib import Path

import pytest

from rocmtui.adapters.machine.settings_file import SettingsFile, default_path
from rocmtui.core.session.settings import Settings
from rocmtui.errors import UsageError


def test_it_lives_in_the_xdg_config_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert default_path() == tmp_path / "rocmtui" / "config.toml"
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_path() == tmp_path / ".config" / "rocmtui" / "config.toml"


def test_no_file_gives_defaults_and_writing_makes_it(tmp_path: Path):
    store = SettingsFile(tmp_path / "deep" / "config.toml")
    assert store.read() == Settings()
    store.write(Settings(theme="rocm"))
    assert store.read() == Settings(theme="rocm")
    assert [entry.name for entry in (tmp_path / "deep").iterdir()] == ["config.toml"]


def test_a_broken_file_is_named_and_left_alone(tmp_path: Path):
    path = tmp_path / "config.toml"
    path.write_bytes(b"theme = \xff")
    store = SettingsFile(path)
    with pytest.raises(UsageError, match=r"cannot read .*config\.toml"):
        store.read()
    with pytest.raises(UsageError):
        store.write(Settings())
    assert path.read_bytes() == b"theme = \xff"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot"):
        SettingsFile(tmp_path / "file" / "config.toml").write(Settings())
