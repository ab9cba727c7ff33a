"""The wheel holds all it needs: installed away from the checkout, it finds its themes, runs and schema."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rocmtui.tui.draw.themes import POPULAR

ROOT = Path(__file__).parents[2]
ASK = """
import rocmtui
from importlib.resources import files
from rocmtui.adapters.runs.demo_runs import demo_runs
from rocmtui.tui.draw.themes import load_themes
themes = load_themes()
print(rocmtui.__file__)
print(*demo_runs())
print(*sorted(loaded.theme.name for loaded in themes.loaded))
print(len(themes.failed), files("rocmtui").joinpath("schemas/report.schema.json").is_file())
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the wheel, and nothing else, was installed."""
    folder = tmp_path_factory.mktemp("wheel")
    run("-m", "build", "--wheel", "--no-isolation", "--outdir", folder / "dist", ROOT)
    (wheel,) = (folder / "dist").glob("*.whl")
    run("-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", folder / "site", wheel)
    return folder / "site"


def run(*words: object, **environment: str) -> str:
    env = {**os.environ, "PIP_ROOT_USER_ACTION": "ignore", **environment}
    command = [sys.executable, *map(str, words)]
    cwd = environment.get("XDG_CONFIG_HOME")
    done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=cwd, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def ask(installed: Path, tmp_path: Path, *words: object) -> str:
    return run(*words, PYTHONPATH=str(installed), XDG_CONFIG_HOME=str(tmp_path))


def test_themes_runs_and_schema_are_inside(installed: Path, tmp_path: Path) -> None:
    file, runs, themes, rest = ask(installed, tmp_path, "-c", ASK).splitlines()
    assert Path(file).parent == installed / "rocmtui"
    assert runs.split() == ["gpu", "load", "queue"]
    assert themes.split() == sorted([*POPULAR, *(path.stem for path in (ROOT / "themes").glob("*.toml"))])
    assert rest == "0 True"


def test_a_packaged_run_is_drawn_with_its_fonts(installed: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.txt"
    script.write_text("hold 0.5\n")
    out = tmp_path / "first.gif"
    ask(installed, tmp_path, "-m", "rocmtui", "record", out, "--demo", "gpu", "--script", script)
    assert out.read_bytes().startswith(b"GIF89a")
