"""House rules no linter knows: rooms of a size one can overlook, each saying what lives in it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "rocmtui"
FOLDERS = sorted({file.parent for file in PACKAGE.rglob("*.py")})
MOST, LEAST = 15, 3


def modules(folder: Path) -> list[str]:
    return [file.stem for file in folder.glob("*.py") if file.stem not in ("__init__", "__main__")]


def rooms(folder: Path) -> list[Path]:
    return [other for other in FOLDERS if other.parent == folder]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(PACKAGE)))
def test_a_room_can_be_overlooked_and_says_what_it_is(folder: Path) -> None:
    names = modules(folder)
    assert len(names) <= MOST
    assert rooms(folder) or len(names) >= LEAST
    tree = ast.parse((folder / "__init__.py").read_text())
    assert ast.get_docstring(tree)
    if folder != PACKAGE:  # which holds the version
        assert len(tree.body) == 1
    assert not [name for name in names if name.startswith(f"{folder.name}_")]


def test_tests_lie_where_what_they_test_lies() -> None:
    known = {folder.relative_to(PACKAGE) for folder in FOLDERS}
    tests = PACKAGE.parent / "tests"
    places = {file.parent.relative_to(tests) for file in tests.rglob("test_*.py")}
    assert places - known == {Path("package")}
