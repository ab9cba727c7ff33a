"""Every error rocmtui raises on purpose, and the exit code each ends in.

RocmtuiError                      exit
 ├── UsageError                   2   bad input: says what is wrong and how to mend it
 ├── ServerError                  4   the server could not start, died or cannot be reached
 │    ├── ServerStartError        4   carries a Diagnosis
 │    └── NotAnLlmServer          4   something answered, but no LLM server
 ├── LoadProcessError             1   a load process died or spoke nonsense
 └── RunFolderError               2   a run cannot be read or written
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process tells its caller."""

    DONE = 0
    NOTHING_COMPLETED = 1
    """No request completed, or the error rate went over its limit."""
    USAGE = 2
    SLO_MISSED = 3
    """An SLO was missed or a regression found."""
    SERVER = 4
    INTERRUPTED = 130
    """Ctrl-C: what was measured is saved and reported."""
    READER_GONE = 141
    """Nobody read the output to its end: what a shell gives a program that SIGPIPE ended."""


class RocmtuiError(Exception):
    """One clear line for the user; `remedy` says how to mend it."""

    exit_code: ExitCode = ExitCode.NOTHING_COMPLETED

    def __init__(self, message: str, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class UsageError(RocmtuiError):
    """The input is wrong: an option, a file, a scenario."""

    exit_code = ExitCode.USAGE


class ServerError(RocmtuiError):
    """The server could not be started or reached, or died."""

    exit_code = ExitCode.SERVER


class ServerStartError(ServerError):
    """A server we started did not become ready; `proof` holds the log lines that show why."""

    def __init__(
        self, message: str, remedy: str | None = None, proof: tuple[str, ...] = (), code: str = "launch"
    ) -> None:
        super().__init__(message, remedy)
        self.proof = proof
        self.code = code
        """Row of the table of diagnoses."""


class StillLoading(ServerError):
    """The server answers, but it is still loading its model."""


class NotAnLlmServer(ServerError):
    """The address answers, but not as an OpenAI-compatible server."""


class LoadProcessError(RocmtuiError):
    """A load process died or said something that is no message."""


class RunFolderError(RocmtuiError):
    """A run folder is missing, damaged or cannot be written."""

    exit_code = ExitCode.USAGE


class Interrupted(RocmtuiError):
    """Ended by a signal before anything was measured."""

    exit_code = ExitCode.INTERRUPTED
