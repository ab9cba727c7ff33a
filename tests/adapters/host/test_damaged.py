"""Kernel files that are not as they should be: the sampler goes on, without the host."""

from __future__ import annotations

from pathlib import Path

import pytest

from rocmtui.adapters.host.reader import HostReader
from rocmtui.children.sampler import look_around
from tests.fakes.host_tree import HostTree

FILES = (
    "proc/stat",
    "proc/meminfo",
    "proc/uptime",
    "proc/vmstat",
    "proc/pressure/memory",
    "proc/self/mountinfo",
    "proc/100/stat",
    "proc/100/status",
    "proc/100/io",
    "proc/100/cgroup",
    "proc/100/maps",
    "proc/100/task/100/schedstat",
)
TEXTS = ("", "x", "cpu  x", "100 (x) S", "0 0", "-1 -1 -1\n", "9" * 400, "\0\xff", "cpu  1 2 3 4 5 6 7 8\n")


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("text", TEXTS)
def test_no_file_ends_the_sampler(tmp_path: Path, file: str, text: str) -> None:
    tree = HostTree(tmp_path)
    tree.process(100)
    tree.maps(100, "10000000-20000000 /models/a.gguf")
    host = HostReader(str(tree.proc), str(tree.sys), 50)
    host.watch_server(100)
    look_around(host, 0)
    tree.write(file, text)
    for number in range(1, 12):
        look_around(host, number * 1_000_000_000)
