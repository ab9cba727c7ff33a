"""AMD's library on trial: a process stuck in the kernel holds up nothing."""

from __future__ import annotations

import subprocess
import time

import pytest

from rocmtui.adapters.gpu.smi import trial


def test_a_library_that_hangs_even_after_its_kill_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    stuck: list[subprocess.Popen[bytes]] = []
    kill = subprocess.Popen.kill
    monkeypatch.setattr(trial, "PROGRAM", "import time; time.sleep(60)")
    monkeypatch.setattr(subprocess.Popen, "kill", lambda self: stuck.append(self))
    began = time.monotonic()
    try:
        assert trial.try_smi(0.1) == (None, "AMD's SMI library did not start within 0 s")
        assert time.monotonic() - began < 30  # a guard against a hang: the program would sleep for 60
    finally:
        for process in stuck:
            kill(process)
            process.communicate()
    assert len(stuck) == 1
