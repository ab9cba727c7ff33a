"""Where a command is to write: refused before it runs, not after."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from rocmtui.cli.output.face import Face
from rocmtui.cli.output.streams import need_terminal, tell
from rocmtui.errors import UsageError

STDOUT = "-"


def check_json(target: str | None) -> None:
    """Raises UsageError when `--json TARGET` could not be written at the end."""
    if target != STDOUT:
        check_file("--json", target)


def check_outputs(args: argparse.Namespace) -> None:
    """Raises UsageError where a report could not be written, or the app not be shown, that are asked for."""
    check_json(args.json)
    check_file("--html", args.html)
    if getattr(args, "app", False):
        need_terminal()


def check_file(option: str, target: str | None) -> None:
    """Raises UsageError when the file of an option could not be written at the end."""
    if target is None:
        return
    path = Path(target)
    try:
        if path.is_dir() or not path.parent.is_dir():
            raise UsageError(f"{option} {target}: no such folder, or a folder itself", "give a file")
        if not _in_place(path):
            draft = _draft(path)
            draft.touch()
            draft.unlink()
        elif not os.access(path, os.W_OK):
            raise UsageError(f"{option} {target}: no permission to write it", "give another file")
    except OSError as error:
        raise UsageError(f"{option}: cannot write {target}: {error.strerror}", "give another file") from error


def add_output_options(parser: argparse.ArgumentParser, kind: str) -> argparse._ArgumentGroup:
    """Where a command that measures writes what it found, and what it shows meanwhile."""
    group = parser.add_argument_group("output")
    group.add_argument(
        "--output", metavar="DIR", help=f"{kind} folder (default: a new one in the data folder)"
    )
    group.add_argument("--json", metavar="FILE", help="write the report; - prints it and nothing else")
    group.add_argument("--html", metavar="FILE", help="write one page with charts")
    group.add_argument("--markdown", action="store_true", help="print Markdown instead, to paste")
    group.add_argument("--quiet", action="store_true", help="no progress")
    return group


def report_face(target: str | None) -> Face:
    """What the text of a report is drawn for: stderr where `--json -` takes stdout."""
    return Face(sys.stderr if target == STDOUT else sys.stdout)


def deliver(target: str | None, text: str, data: bytes, kept: Path | None = None) -> None:
    """Text on stdout and JSON in the file `target`; with `-` JSON alone on stdout, and the text on stderr.

    Raises UsageError as `write_json` does.
    """
    if target == STDOUT:
        tell(sys.stderr, text)
        tell(sys.stdout, data.decode())
        return
    tell(sys.stdout, text)
    if target:
        write_json(target, data, kept)


def write_page(target: str | None, folder: Path) -> None:
    """The page of what lies in a folder, where one is wanted. Raises UsageError."""
    if target is not None:
        from rocmtui.wiring.pages import page_text

        write_file("--html", target, page_text(folder).encode(), folder)


def write_json(target: str, data: bytes, kept: Path | None = None) -> None:
    """Write the file of `--json`. Raises UsageError, which names the folder that has the report."""
    write_file("--json", target, data, kept)


def write_file(option: str, target: str, data: bytes, kept: Path | None = None) -> None:
    """Write a file whole or not at all. Raises UsageError, which names the folder that has the report."""
    path = Path(target)
    try:
        if _in_place(path):
            path.write_bytes(data)
            return
        draft = _draft(path)
        draft.write_bytes(data)
        draft.replace(_real(path))
    except OSError as error:
        remedy = "give another file" if kept is None else f"the report is in {kept}"
        raise UsageError(f"{option}: cannot write {target}: {error.strerror}", remedy) from error


def _in_place(path: Path) -> bool:
    """A pipe or device must not be replaced by a file; nor can a file in a folder closed to us."""
    return path.exists() and not (path.is_file() and os.access(_real(path).parent, os.W_OK))


def _draft(path: Path) -> Path:
    real = _real(path)
    return real.with_name(f".{real.name}.part")


def _real(path: Path) -> Path:
    """What a symbolic link means: the link is to stay one."""
    return Path(os.path.realpath(path))
