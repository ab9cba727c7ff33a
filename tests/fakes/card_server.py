"""A llama-server whose devices are those of the machine it runs on, pretend or not.

Run as a script, `card_server.py BACKEND ARGUMENTS`, see `write_card_server`. A model goes to the devices that
its backend sees by their free memory, in the words of llama.cpp's log, and is counted in the kernel's files
of their cards while it is served, by the server of known latencies.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.fakes.card_devices import Device, count, devices_of, number
from tests.fakes.known_llama_server import HELP

MIB = 1 << 20
CACHE_MIB, COMPUTE_MIB = 64, 50
OPTIONS = """-ngl, --n-gpu-layers N
-sm, --split-mode {none,layer,row}
-ts, --tensor-split N0,N1
-dev, --device <dev1,dev2,..>
--list-devices             print the devices and exit
"""


def write_card_server(path: Path, backend: str = "ROCm") -> Path:
    """An executable that is one, of a backend: `ROCm` or `Vulkan`."""
    command = shlex.join((sys.executable, "-m", __name__, backend))
    path.write_text(f'#!/bin/sh\nPYTHONPATH={Path(__file__).parents[2]} exec {command} "$@"\n')
    path.chmod(0o755)
    return path


def told(backend: str, devices: Sequence[Device]) -> Iterator[str]:
    """What it prints of its devices at every start."""
    if backend == "Vulkan":
        found = f"Found {len(devices)} Vulkan devices:" if devices else "No devices found."
        yield f"ggml_vulkan: {found}"
        return
    if not devices:
        yield "ggml_cuda_init: failed to initialize ROCm: no ROCm-capable device is detected"
        return
    yield f"ggml_cuda_init: found {len(devices)} ROCm devices:"
    for at, one in enumerate(devices):
        yield f"  Device {at}: {one.description}, {one.pci}, VMM: no, Wave Size: 32"


def load(devices: Sequence[Device], size: int) -> Iterator[str]:
    """The lines of a load; the sizes of what goes to each device are in MiB. Ends where one has no room."""
    for one in devices:
        place = f"{one.name} ({one.description}) ({one.pci})"
        yield f"llama_model_load_from_file_impl: using device {place} - {one.free // MIB} MiB free"
    yield "load_tensors: loading model tensors, this can take a while... (mmap = true)"
    yield f"load_tensors: offloaded {2 if devices else 0}/2 layers to GPU"
    free = sum(one.free for one in devices)
    for one in devices or [Device("CPU_Mapped", "", "", 0, 0, Path())]:
        part = size * one.free // max(free, 1) if devices else size
        if devices and part > one.free:
            yield f"ggml_backend_cuda_buffer_type_alloc_buffer: allocating {part / MIB:.2f} MiB on device 0: "
            yield "cudaMalloc failed: out of memory"
            sys.exit("llama_model_load: error loading model: unable to allocate ROCm0 buffer")
        yield f"load_tensors: {one.name:>12} model buffer size = {part / MIB:8.2f} MiB"
        yield f"llama_kv_cache: {one.name:>10} KV buffer size = {CACHE_MIB:8.2f} MiB"
        yield f"llama_context: {one.name:>11} compute buffer size = {COMPUTE_MIB:8.2f} MiB"
        count(one.counter, part + (CACHE_MIB + COMPUTE_MIB) * MIB)


def main(words: list[str]) -> None:
    """Answer about itself, or load and serve until the end."""
    backend, *rest = words
    devices = devices_of(backend, os.environ, rest)
    if "--help" in rest:
        print(HELP + OPTIONS)
    elif "--version" in rest:
        print("\n".join([*told(backend, devices), "version: 9100 (abc1234)"]), file=sys.stderr)
    elif "--list-devices" in rest:
        print("\n".join(told(backend, devices)), file=sys.stderr)
        print("Available devices:")
        for one in devices:
            print(f"  {one.name}: {one.description} ({one.total // MIB} MiB, {one.free // MIB} MiB free)")
    else:
        serve(backend, devices, rest)


def serve(backend: str, devices: Sequence[Device], words: list[str]) -> None:
    """Load, serve, and give the memory back."""
    before = {one.counter: number(one.counter) for one in devices}
    model = Path(words[words.index("-m") + 1])
    for line in (*told(backend, devices), *load(devices, model.stat().st_size)):
        print(line, flush=True)
    given = {own: words[words.index(name) + 1] for name, own in PASSED.items() if name in words}
    known = [sys.executable, "-m", "rocmtui.embedded.known.server", "--ttft-ms", "20", "--itl-ms", "5"]
    with subprocess.Popen([*known, *(word for pair in given.items() for word in pair)]) as server:
        signal.signal(signal.SIGTERM, lambda *_: server.terminate())
        server.wait()
    for counter, size in before.items():
        count(counter, size - number(counter))


PASSED = {"--host": "--host", "--port": "--port", "-np": "--slots"}

if __name__ == "__main__":
    main(sys.argv[1:])
