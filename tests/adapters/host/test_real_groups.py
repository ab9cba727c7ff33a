"""Two cases for real, where control groups may be made: a used-up quota, files that find no room."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rocmtui.adapters.host.reader import HostReader
from rocmtui.core.host.sample import HostSummary
from rocmtui.core.host.tally import HostTally

ROOT = Path("/sys/fs/cgroup")
MIB = 1 << 20
SPINS = """
import threading
print("at work", flush=True)
for _ in range(4):
    threading.Thread(target=lambda: [0 for _ in iter(int, 1)]).start()
"""
READS = """
import mmap, sys
with open(sys.argv[1], "rb") as file:
    view = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
print("at work", flush=True)
while True:
    for at in range(0, len(view), 4096): view[at]
"""


@contextlib.contextmanager
def group(controller: str, **settings: object) -> Iterator[Path]:
    """A new control group of version 1 or 2; skips, saying why, where none may be made."""
    folder = (ROOT / controller if (ROOT / controller).is_dir() else ROOT) / f"rocmtui-test-{os.getpid()}"
    try:
        folder.mkdir()
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error.strerror}")
    try:
        known = {name.replace("__", "."): value for name, value in settings.items()}
        files = [name for name in known if (folder / name).exists()]
        if not files:
            pytest.skip(f"control groups here have no {controller} controller to set")
        for name in files:
            (folder / name).write_text(str(known[name]))
        yield folder
    finally:
        for _ in range(100):  # its last process has been killed; the kernel may need a moment
            with contextlib.suppress(OSError):
                folder.rmdir()
                break
            time.sleep(0.01)


def watched(folder: Path, *command: str, seconds: float = 1.2) -> HostSummary:
    """What is seen of a program that runs in the group."""
    enter = f"import os; open({str(folder / 'cgroup.procs')!r}, 'w').write(str(os.getpid()))\n"
    words = [sys.executable, "-c", enter + command[0], *command[1:]]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        host, tally = HostReader(), HostTally()
        assert process.stdout.readline() == "at work\n"
        host.watch_server(process.pid)
        tally.add(host.read(time.monotonic_ns()), 0.0)
        for _ in range(4):
            time.sleep(seconds / 4)
            sample = host.read(time.monotonic_ns())
            tally.add(sample, sample.span_s)
    finally:
        process.kill()
        process.communicate()
    found = tally.summary()
    assert found is not None
    return found


def test_a_used_up_quota() -> None:
    settings = {"cpu__max": "2000 100000", "cpu__cfs_quota_us": 2000}
    with group("cpu", **settings) as folder:
        found = watched(folder, SPINS)
    assert found.quota_cores == pytest.approx(0.02)
    assert (found.throttled_periods or 0) > 0
    assert "throttled" in [cause.code for cause in found.causes]


def test_files_that_do_not_stay_in_memory(tmp_path: Path) -> None:
    file = tmp_path / "weights.gguf"
    file.write_bytes(os.urandom(MIB) * 96)
    with file.open("rb") as handle:
        os.fsync(handle.fileno())
        os.posix_fadvise(handle.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    settings = {"memory__max": 40 * MIB, "memory__limit_in_bytes": 40 * MIB}
    with group("memory", **settings) as folder:
        found = watched(folder, READS, str(file), seconds=2.0)
    if not found.disk_read_bytes:
        pytest.skip("files here lie in memory, not on a disk")
    assert found.memory_limit_bytes == 40 * MIB
    assert found.weights_bytes == 96 * MIB
    (cause,) = [cause for cause in found.causes if cause.code == "reread"]
    assert "the limit of its container is 40 MiB" in cause.text
