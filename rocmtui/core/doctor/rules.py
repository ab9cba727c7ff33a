"""From facts to findings: the judgement of `rocmtui doctor`, area by area."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rocmtui.core.doctor.facts import Finding, MachineFacts, good, problem, warning
from rocmtui.core.doctor.gpu import gpu_findings
from rocmtui.core.doctor.server import server_findings
from rocmtui.core.gpu.choice.mask import USER_VARIABLES
from rocmtui.core.text import forms
from rocmtui.core.text.sizes import counted

FDINFO_KERNEL = (5, 19)
"""The first kernel that tells a process's memory on an AMD GPU."""
LOW_SPACE_BYTES = 1 << 30
OVERRIDE = "HSA_OVERRIDE_GFX_VERSION"
DEMO_REMEDY = "pip install 'rocmtui[demo]'"


def examine(facts: MachineFacts) -> tuple[Finding, ...]:
    """All findings, in the order they are shown."""
    return (
        *_system(facts),
        *gpu_findings(facts),
        *server_findings(facts),
        *_variables(facts),
        *_folders(facts),
        *_demo(facts),
    )


def _system(facts: MachineFacts) -> Iterator[Finding]:
    where = f" in {facts.container}" if facts.container else ""
    amount = f"{facts.cpu_count} CPUs, {forms.size(facts.memory_bytes)}"
    text = f"{facts.os or 'unknown system'}{where}, {facts.kernel}, {amount}, Python {facts.python}"
    yield good("system", text)
    if facts.gpus and _kernel_version(facts.kernel) < FDINFO_KERNEL:
        yield warning(
            "system",
            "this kernel does not tell which process uses how much of a GPU (5.19 and later do)",
            "update the kernel",
        )
    if facts.is_wsl:
        yield warning(
            "system",
            "under WSL the kernel shows no figures of the GPU: memory and power stay unknown",
            "run rocmtui on Linux itself to see them",
        )
    yield from _limits(facts)
    if facts.load_1m is not None and facts.load_1m > facts.cpu_count:
        yield warning(
            "system",
            f"load {forms.cores(facts.load_1m)} on {facts.cpu_count} CPUs: latencies will be noisy",
            "end other programs before measuring; `top` names them",
        )


def _limits(facts: MachineFacts) -> Iterator[Finding]:
    """What a server started here may not use of the machine."""
    limits, fits = facts.limits, facts.limits.whole_cores
    if fits is not None and facts.machine_cores is not None and fits < facts.machine_cores:
        quota = (
            f"a CPU quota of {limits.quota_cores:g}"
            if limits.quota_cores is not None
            else "affinity or cpuset"
        )
        text = f"{quota} leaves a server {counted(fits, 'core')} of {facts.machine_cores}"
        yield warning(
            "system", text, f"rocmtui starts it with -t {fits}; a server of your own needs that too"
        )
    if limits.memory_limit_bytes is not None:
        text = f"its container is limited to {forms.size(limits.memory_limit_bytes)} of memory"
        remedy = "what a model keeps in system memory must fit into that"
        yield warning("system", text, remedy)


def _kernel_version(kernel: str) -> tuple[int, int]:
    found = re.search(r"(\d+)\.(\d+)", kernel)
    return (int(found[1]), int(found[2])) if found else FDINFO_KERNEL


def _variables(facts: MachineFacts) -> Iterator[Finding]:
    for name, value in sorted(facts.variables.items()):
        remedy = f"unset {name}"
        if name in USER_VARIABLES:
            text = f"{name}={value} decides which GPU a server uses, instead of --gpu"
        elif name == OVERRIDE:
            text = f"{name}={value}: ROCm takes the GPU for another one"
            remedy += ", unless your build has no code for your GPU"
        else:
            text = f"{name} is set: it changes every llama-server started by hand"
        yield warning("variables", text, remedy)


def _folders(facts: MachineFacts) -> Iterator[Finding]:
    for folder in facts.folders:
        shown = f"{folder.purpose} in {folder.path}"
        if not folder.writable:
            text = f"{shown}: cannot be written"
            remedy = f'mkdir -p "{folder.path}" && sudo chown -R "$USER" "{folder.path}"'
            yield problem("folders", text, remedy)
        elif folder.free_bytes is not None and folder.free_bytes < LOW_SPACE_BYTES:
            text = f"{shown}: only {forms.size(folder.free_bytes)} free"
            yield warning("folders", text, "make room on that disk")
        else:
            yield good("folders", f"{shown} ({forms.size(folder.free_bytes)} free)")


def _demo(facts: MachineFacts) -> Iterator[Finding]:
    parts = {"server": facts.demo_server, "model": facts.demo_model}
    lacks = [name for name, there in parts.items() if not there]
    if lacks:
        yield warning("demo", f"`rocmtui demo` lacks its {' and its '.join(lacks)}", DEMO_REMEDY)
    else:
        yield good("demo", "`rocmtui demo` has its server and its model")
