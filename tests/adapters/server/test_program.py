"""A process read by its files."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

from rocmtui.adapters.server.program import read_program


def test_a_running_process_is_told_by_its_own_file() -> None:
    found = read_program(os.getpid())
    assert found is not None
    assert found.sha256 == hashlib.sha256(Path(sys.executable).resolve().read_bytes()).hexdigest()


def test_a_process_that_is_gone_is_not_known() -> None:
    assert read_program(2**22 + 1) is None
