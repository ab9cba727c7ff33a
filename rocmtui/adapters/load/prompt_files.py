"""Reads prompts from files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rocmtui.adapters.load.data_lines import not_a_file, readable
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import UsageError

if TYPE_CHECKING:
    from rocmtui.adapters.load.dataset_file import DatasetFile
    from rocmtui.adapters.load.trace_file import TraceFile
    from rocmtui.core.load.scenario import Endpoint
    from rocmtui.core.load.workload import TracePlan


class PromptFiles:
    """Prompt files of this machine; implements `services.prompt_builder.PromptSource`.

    What reads data sets and traces is loaded with the first of them.
    """

    def text(self, path: str) -> str:
        """A whole file as one prompt. Raises UsageError when it cannot be read, is empty or not UTF-8."""
        with readable("--prompt-file", path):
            if Path(path).exists() and not (Path(path).is_file() or Path(path).is_dir()):
                raise not_a_file("--prompt-file", path)
            data = Path(path).read_bytes()
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            raise UsageError(
                f"--prompt-file: {clean_line(path)} is not UTF-8 text (byte {error.start})", "convert it"
            ) from error
        if not text.strip():
            raise UsageError(f"--prompt-file: {clean_line(path)} is empty", "write the prompt into it")
        return text

    def dataset(self, path: str, endpoint: Endpoint, *, lenient: bool = False) -> DatasetFile:
        """The prompts of a data set. Raises UsageError, with the line's number where one is bad."""
        from rocmtui.adapters.load.dataset_file import open_dataset

        with readable("--dataset", path):
            return open_dataset(path, endpoint, lenient=lenient)

    def trace(self, plan: TracePlan, seed: int) -> TraceFile:
        """The trace of a plan. Raises UsageError, with the line's number where one is bad."""
        from rocmtui.adapters.load.trace_file import open_trace

        return open_trace(plan, seed)

    def content_hash(self, path: str) -> str:
        """16 hex digits of what a file holds, or the JSON files of a folder. Raises UsageError."""
        import hashlib

        digest = hashlib.sha256()
        with readable("prompts", path):
            for file in sorted(Path(path).glob("*.json")) if Path(path).is_dir() else (Path(path),):
                with file.open("rb") as opened:
                    digest.update(hashlib.file_digest(opened, "sha256").digest())
        return digest.hexdigest()[:16]
