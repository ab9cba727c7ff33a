"""Starts AMD's SMI library once, in a process of its own: it prints, hangs and aborts."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import suppress

import msgspec

TRIAL_S = 10.0
END_S = 0.5
MARK = "rocmtui-smi:"
PROGRAM = f"""
import json, sys
from rocmtui.adapters.gpu.smi.binding import Pyrsmi, PyrsmiUnavailable
try:
    answer = {{"cards": list(Pyrsmi().cards)}}
except PyrsmiUnavailable as error:
    answer = {{"problem": str(error)}}
sys.stdout.write("\\n{MARK}" + json.dumps(answer) + "\\n")
"""


class _Answer(msgspec.Struct):
    cards: list[str] = []
    problem: str | None = None


def try_smi(timeout_s: float = TRIAL_S) -> tuple[tuple[str, ...] | None, str | None]:
    """PCI addresses of the cards the library sees, or a sentence why it cannot be used. Wakes the cards."""
    command = [sys.executable, "-c", PROGRAM]
    null = subprocess.DEVNULL
    trial = subprocess.Popen(command, stdin=null, stdout=subprocess.PIPE, stderr=null)
    try:
        printed, _ = trial.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        trial.kill()
        with suppress(subprocess.TimeoutExpired):  # a process stuck in the kernel never ends
            trial.communicate(timeout=END_S)
        return None, f"AMD's SMI library did not start within {timeout_s:.0f} s"
    for line in printed.decode("utf-8", "replace").splitlines():
        if line.startswith(MARK):
            answer = msgspec.json.decode(line.removeprefix(MARK), type=_Answer)
            return (None, answer.problem) if answer.problem else (tuple(answer.cards), None)
    return None, f"AMD's SMI library ended the program that started it ({_how(trial.returncode)})"


def _how(returncode: int) -> str:
    return signal.Signals(-returncode).name if returncode < 0 else f"exit {returncode}"
