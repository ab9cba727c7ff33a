"""Draws the map of the code into docs/architecture.md: the rooms as the linter's contracts order them.

python docs/make_map.py
"""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "rocmtui"
DOCUMENT = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- rooms -->", "<!-- /rooms -->"


def layers(container: str) -> list[list[str]]:
    """The contract's layers of a container, highest first; alphabetical where no contract orders them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for contract in settings["tool"]["importlinter"]["contracts"]:
        if container in contract.get("containers", ()):
            return [re.split(r"\s*[|:]\s*", row) for row in contract["layers"]]
    return [sorted(rooms(PACKAGE / container.partition(".")[2].replace(".", "/")))]


def rooms(folder: Path) -> list[str]:
    """The packages of a folder."""
    return [entry.name for entry in folder.iterdir() if (entry / "__init__.py").is_file()]


def top_layers() -> list[list[str]]:
    """The layers of the whole, highest first."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    rows = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    return [re.split(r"\s*[|:]\s*", row.replace("rocmtui.", "")) for row in rows]


def says(folder: Path) -> str:
    """The first line of a package's docstring."""
    text = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))) or ""
    return text.split("\n")[0]


def drawing() -> str:
    """A line a room, layers from the highest to the lowest."""
    lines = []
    for row in top_layers():
        for layer in row:
            folder = PACKAGE / layer
            if not folder.is_dir():
                lines.append(f"{layer + '.py':<24}What can go wrong, with exit code and remedy.")
                continue
            lines.append(f"{layer + '/':<24}{says(folder)}")
            inner = layers(f"rocmtui.{layer}") if rooms(folder) else []
            lines += [_room(folder / name, 1) for names in inner for name in names]
    lines.append(f"{'embedded/':<24}{says(PACKAGE / 'embedded')}")
    lines += [_room(PACKAGE / "embedded" / name, 1) for name in sorted(rooms(PACKAGE / "embedded"))]
    return "\n".join(lines)


def _room(folder: Path, depth: int) -> str:
    line = f"{'  ' * depth + folder.name + '/':<24}{says(folder)}"
    return "\n".join([line, *(_room(folder / name, depth + 1) for name in sorted(rooms(folder)))])


def with_drawing(document: str) -> str:
    """The document with the drawing of today's rooms in its place."""
    before, _, rest = document.partition(BEGIN)
    return f"{before}{BEGIN}\n```text\n{drawing()}\n```\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    DOCUMENT.write_text(with_drawing(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
