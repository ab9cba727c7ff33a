"""docs/architecture.md names what exists, and its picture is today's."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "architecture.md"


def map_maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_map", ROOT / "docs" / "make_map.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_path_it_names_exists() -> None:
    named = set(re.findall(r"`((?:rocmtui|tests|docs)(?:/[\w.-]+)+)`", DOCUMENT.read_text()))
    assert len(named) > 40
    assert not [path for path in sorted(named) if not (ROOT / path).exists()]


def test_the_picture_is_of_the_rooms_there_are() -> None:
    text = DOCUMENT.read_text()
    assert map_maker().with_drawing(text) == text, "run `python docs/make_map.py`"
