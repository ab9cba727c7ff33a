"""The runs that come with the package, recorded and redacted, to be replayed with nothing else installed."""

from __future__ import annotations

from pathlib import Path

import rocmtui
from rocmtui.adapters.runs.pack import SUFFIX
from rocmtui.errors import UsageError

_FOLDER = Path(rocmtui.__file__).parent / "demos"
DEFAULT = "load"


def demo_runs() -> tuple[str, ...]:
    """Names of the packaged runs."""
    return tuple(sorted(path.stem for path in _FOLDER.glob(f"*{SUFFIX}")))


def demo_run(name: str = "") -> Path:
    """The packaged run of that name; the first one to show when no name is given."""
    path = _FOLDER / f"{name or DEFAULT}{SUFFIX}"
    if not path.is_file():
        raise UsageError(f"no packaged run is named {name!r}", f"there are: {', '.join(demo_runs())}")
    return path
