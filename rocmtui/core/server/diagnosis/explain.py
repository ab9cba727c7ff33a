"""Why llama-server ended, in words: by what it printed and did not survive, else by signal and last lines."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from itertools import groupby

from rocmtui.core.host.memory_kill import MemoryKill
from rocmtui.core.server.diagnosis.kill_rows import KILL_ROWS
from rocmtui.core.server.diagnosis.memory_rows import SURVIVED
from rocmtui.core.server.diagnosis.row import Row
from rocmtui.core.server.diagnosis.table import GENERAL_ROWS, ROWS, SIGNAL_ROWS
from rocmtui.core.server.state import Diagnosis
from rocmtui.core.text import forms
from rocmtui.core.text.late_regex import LateRegex

_WELL = LateRegex(
    r"offloaded \d+/\d+ layers|(?:model|KV|RS|compute) buffer size|warming up the model|model loaded"
    r"|listening on"
    r"|processing task|all slots are idle|falling back to host memory|n_slots = \d+"
)
"""A load that went on, or requests served: whatever was complained of before was survived."""
MAX_PROOF_LINES = 4
LAST_LINES = 20
MAX_SIGNAL_LINES = 6
"""Of an end that only its signal explains: they show how far it had come."""


def diagnose(
    returncode: int, lines: Sequence[str], *, during_start: bool, memory: MemoryKill | None = None
) -> Diagnosis:
    """`lines` are the log's last ones without time stamps; what the diagnosis quotes of them is untrusted.

    `memory`: of a SIGKILL, whether the kernel did it because memory ran out; None: not known.
    """
    status = exit_status(returncode)
    last = tuple(line for line, _ in groupby(lines) if line.strip())[-LAST_LINES:]
    if memory is not None and is_kill(returncode):
        return _found(
            KILL_ROWS[memory.by], status, last[-MAX_SIGNAL_LINES:], {"limit": forms.size(memory.limit_bytes)}
        )
    if shown := _shown(_not_survived(lines)):
        return _found(shown[0], status, *shown[1:])
    if row_of_signal := SIGNAL_ROWS.get(signal_of(returncode) or 0):
        return _found(row_of_signal, status, last[-MAX_SIGNAL_LINES:], {})
    return _unknown(status, last, during_start=during_start)


def is_kill(returncode: int) -> bool:
    """Whether SIGKILL ended it, which it cannot have sent itself."""
    return signal_of(returncode) == signal.SIGKILL


def is_repeatable(diagnosis: Diagnosis) -> bool:
    """Whether the same start would end the same way, so that starting again is pointless."""
    return diagnosis.code in _REPEATABLE


def is_vague(diagnosis: Diagnosis) -> bool:
    """Whether nothing that was printed explains the end, so that the whole log is wanted."""
    return diagnosis.code in _VAGUE


def exit_status(returncode: int) -> str:
    """`exit 1`, `SIGSEGV`, or `exit 139 (SIGSEGV)` where a wrapper script passed a signal on as a number."""
    number = signal_of(returncode)
    if number is None:
        return f"exit {returncode}"
    name = signal.Signals(number).name
    return name if returncode < 0 else f"exit {returncode} ({name})"


def start_timeout(timeout_s: float) -> Diagnosis:
    """A start was given up."""
    return Diagnosis(
        code="start_timeout",
        cause=f"llama-server was not ready after {timeout_s:g} s and was stopped",
        remedy="a big model on a slow disk needs longer: raise --start-timeout; the log shows how far it got",
    )


def loading_timeout(waited_s: float) -> Diagnosis:
    """Waiting for a server that is not ours to load its model was given up."""
    return Diagnosis(
        code="loading_timeout",
        cause=f"the server was still loading its model after {forms.duration(waited_s)}",
        remedy="wait and attach again, or raise --start-timeout",
    )


STUCK = Diagnosis(
    code="stuck",
    cause="llama-server does not end, even after SIGKILL: it hangs in the kernel, as after a GPU driver "
    "fault",
    remedy="look at `dmesg` for amdgpu errors; a reboot frees the card",
)

_VAGUE = {row.code for row in SIGNAL_ROWS.values()} | {"unknown"}
_REPEATABLE = {
    row.code for row in (*ROWS, *GENERAL_ROWS, *SIGNAL_ROWS.values(), *KILL_ROWS.values()) if row.repeatable
} | {
    "silent_exit",
    "printed_and_left",
    "start_timeout",
}


def signal_of(returncode: int) -> int | None:
    """The signal that ended it, told by a wrapper script as a number above 128 or not; None for an exit."""
    number = -returncode if returncode < 0 else returncode - 128
    return number if number in set(signal.Signals) else None


def _not_survived(lines: Sequence[str]) -> list[str]:
    """What was printed after the last sign that all was well, without warnings that have a fallback."""
    well = [number for number, line in enumerate(lines) if _WELL.search(line)]
    tail = lines[well[-1] + 1 :] if well else lines
    return [line for line in tail if not any(pattern.search(line) for pattern in SURVIVED.values())]


def _shown(lines: Sequence[str]) -> tuple[Row, tuple[str, ...], dict[str, str]] | None:
    """The row that what was printed proves, its lines, and the words its patterns caught."""
    for rows in (ROWS, GENERAL_ROWS):
        found = [(row, proof) for row in rows if (proof := _proof(row, lines)) is not None]
        crash = [pair for pair in found if pair[0].is_crash]
        if found:
            row, proof = crash[0] if crash else max(found, key=lambda pair: pair[1][0])
            return row, *proof[1:]
    return None


def _proof(row: Row, lines: Sequence[str]) -> tuple[int, tuple[str, ...], dict[str, str]] | None:
    """Where its last line stands, the lines that show it, the words caught; None where one is not found."""
    last = 0
    quoted: dict[str, None] = {}
    words: dict[str, str] = {}
    for pattern in row.patterns:
        hits = [(number, found) for number, line in enumerate(lines) if (found := pattern.search(line))]
        if not hits:
            return None
        last = max(last, hits[-1][0])
        words |= {name: text or "" for name, text in hits[0][1].groupdict().items()}
        quoted |= dict.fromkeys(lines[number].strip() for number, _ in hits[:2])
    return last, tuple(quoted)[:MAX_PROOF_LINES], words


def _found(row: Row, status: str, quoted: tuple[str, ...], words: dict[str, str]) -> Diagnosis:
    cause, remedy = row.cause.format_map(words), row.remedy.format_map(words)
    return Diagnosis(code=row.code, cause=cause, remedy=remedy, proof=quoted, exit_status=status)


def _unknown(status: str, last: tuple[str, ...], *, during_start: bool) -> Diagnosis:
    if not last and during_start:
        code = "silent_exit"
        cause = f"the program ended at once ({status}) and printed nothing"
        remedy = "is it llama-server? run it by hand with --version"
    elif status == "exit 0" and during_start:
        code, last = "printed_and_left", last[:MAX_PROOF_LINES]
        cause = "llama-server printed something and ended of its own accord (exit 0) instead of serving"
        remedy = "leave out the option that asks for it, such as --help, --version or --list-devices"
    elif status == "exit 0" and any("cleaning up before exit" in line for line in last):
        code = "left_in_order"
        cause = "somebody else stopped llama-server: it left in order (exit 0), as on SIGTERM or SIGINT"
        remedy = "start it again; a service manager, a script or Ctrl-C may have stopped it"
    else:
        code = "unknown"
        cause = f"llama-server ended {'while starting' if during_start else 'while it served'} ({status})"
        remedy = "its last lines say what it did; nothing in them is a cause rocmtui knows"
    return Diagnosis(code=code, cause=cause, remedy=remedy, proof=last, exit_status=status)
