"""Findings about the cards: driver, memory, link, integrated GPU, ROCm and AMD's library."""

from __future__ import annotations

from collections.abc import Iterator

from rocmtui.core.doctor.access import access_findings, backend_of, bind_driver
from rocmtui.core.doctor.facts import Finding, MachineFacts, good, warning
from rocmtui.core.gpu.choice.pick import choose
from rocmtui.core.gpu.choice.usable import hindrance
from rocmtui.core.gpu.memory.room import memory_bytes
from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.text import forms
from rocmtui.core.text.sanitize import clean_line

SMALL_BAR_BYTES = 256 << 20
NO_DRIVER = "has no driver"
RESIZABLE_BAR = "switch on Resizable BAR (Smart Access Memory) and Above 4G Decoding in the firmware setup"
AMDGPU_FOR_OLD_CARDS = "radeon.si_support=0 radeon.cik_support=0 amdgpu.si_support=1 amdgpu.cik_support=1"
ROCM_PACKAGES = {
    "arch": "sudo pacman -S rocm-hip-runtime",
    "fedora": "sudo dnf install rocm-hip rocm-runtime",
}
INSTEAD = "figures come from the kernel's files"
ROCM_PAGE = "see https://rocm.docs.amd.com for your distribution"


def gpu_findings(facts: MachineFacts) -> Iterator[Finding]:
    """All about the GPUs; one calm warning where there is none."""
    if not facts.gpus:
        yield from _notes(facts)
        return
    for gpu in facts.gpus:
        yield good("gpu", _gpu_line(facts, gpu))
        yield from _bar(gpu)
        yield from _link(gpu)
    yield from _notes(facts)
    yield from _integrated(facts)
    yield from _driver(facts)
    yield from access_findings(facts)
    yield from _rocm(facts)
    yield from _smi(facts)


def _notes(facts: MachineFacts) -> Iterator[Finding]:
    """GPUs beside the cards that can be read: without a driver, in a virtual machine's hands, of others."""
    for note in facts.gpu_notes or (() if facts.gpus else ("No AMD GPU was found.",)):
        if NO_DRIVER in note:
            yield warning("gpu", clean_line(note), bind_driver(facts))
        else:
            yield (good if facts.gpus else warning)("gpu", clean_line(note))


def _gpu_line(facts: MachineFacts, gpu: GpuReading) -> str:
    """The card by every number some tool gives it: they all differ."""
    kind = "integrated" if gpu.kind == "apu" else None
    devices = (facts.server.devices if facts.server else None) or ()
    listed = [f"llama-server {clean_line(device.name, 20)}" for device in devices if device.pci == gpu.pci]
    known_as = [gpu.card, gpu.render_node, *_rocm_numbers(facts, gpu), *listed]
    memory = memory_bytes(gpu)
    what = [clean_line(gpu.name, 60), gpu.pci, gpu.gfx, forms.size(memory) if memory else None, kind]
    names = ", ".join(name for name in known_as if name)
    return f"GPU {gpu.index}: {', '.join(part for part in what if part)}; elsewhere {names or 'unnamed'}"


def _rocm_numbers(facts: MachineFacts, gpu: GpuReading) -> list[str]:
    mine = [(i, device.node) for i, device in enumerate(facts.kfd_devices) if device.pci == gpu.pci]
    if not mine:
        return []
    numbers = sorted({mine[0][0], mine[-1][0]})
    return [f"ROCm {'-'.join(map(str, numbers))}", f"KFD node {mine[0][1]}"]


def _bar(gpu: GpuReading) -> Iterator[Finding]:
    visible, total = gpu.visible_vram_total_bytes, gpu.vram_total_bytes
    if gpu.kind == "apu" or visible is None or total is None or total <= SMALL_BAR_BYTES:
        return
    if visible <= SMALL_BAR_BYTES:
        text = f"GPU {gpu.index} shows the CPU {forms.size(visible)} of its memory: models load slowly"
        yield warning("gpu", text, RESIZABLE_BAR)
    else:
        yield good("gpu", f"GPU {gpu.index} has resizable BAR: the CPU sees {forms.size(visible)}")


def _link(gpu: GpuReading) -> Iterator[Finding]:
    if gpu.kind == "discrete" and gpu.link_narrowed_at:
        text = f"GPU {gpu.index} has {gpu.link_width} PCIe lanes, narrowed at {gpu.link_narrowed_at}"
        remedy = "a slot (or riser, or cable) with more lanes; layers on the GPU alone run as fast"
        yield warning("gpu", f"{text}: loads and what the CPU shares are slow", remedy)


def _integrated(facts: MachineFacts) -> Iterator[Finding]:
    integrated = [gpu for gpu in facts.gpus if gpu.kind == "apu"]
    choice = choose("auto", facts.gpus, backend_of(facts))
    for gpu in facts.gpus:
        reason = hindrance(gpu, backend_of(facts))
        if reason and gpu.access in ("yes", None) and gpu.driver in ("amdgpu", None):
            yield warning("gpu", f"GPU {gpu.index} {clean_line(gpu.name, 60)} cannot be used: {reason}")
    if choice.doubt:
        yield warning("gpu", choice.doubt)
    chosen = choice.gpus[0] if choice.gpus else None
    if chosen is not None and len(facts.gpus) > 1:
        yield good("gpu", f"--gpu auto takes GPU {chosen.index} {clean_line(chosen.name, 60)}")
    if not integrated or chosen is None or chosen.kind == "apu":
        return
    names = ", ".join(f"GPU {gpu.index}" for gpu in integrated)
    text = f"{names} is integrated and spoils a run it takes part in: --gpu auto hides it from the server"
    remedy = f"in servers started by hand: export ROCR_VISIBLE_DEVICES={chosen.uuid}" if chosen.uuid else None
    yield warning("gpu", text, remedy)


def _driver(facts: MachineFacts) -> Iterator[Finding]:
    drivers = {gpu.driver for gpu in facts.gpus}
    if "amdgpu" in drivers or facts.amdgpu_loaded:
        yield good("driver", "the amdgpu driver is loaded")
    if "radeon" in drivers:
        text = "a card runs on the old radeon driver, which can neither compute nor tell its memory"
        yield warning("driver", text, "boot with " + AMDGPU_FOR_OLD_CARDS)


def _rocm(facts: MachineFacts) -> Iterator[Finding]:
    if facts.rocm_version:
        yield good("rocm", f"ROCm {facts.rocm_version} in {facts.rocm_path}")
    elif facts.hip_library:
        yield good("rocm", f"HIP is there: {facts.hip_library}")
    elif facts.server is not None and facts.server.backend == "Vulkan":
        yield good("rocm", "no ROCm was found; a Vulkan build of llama-server needs none")
    else:
        commands = [command for name, command in ROCM_PACKAGES.items() if name in facts.os_id.split()]
        yield warning("rocm", "no ROCm was found", (commands or [ROCM_PAGE])[0])


def _smi(facts: MachineFacts) -> Iterator[Finding]:
    """The kernel's files tell the same figures, so a missing library is no problem."""
    if facts.smi_library is None:
        where = ", ".join(facts.smi_looked_in[:3])
        yield good("smi", f"AMD's SMI library was not found (looked in {where} ...): {INSTEAD}")
    elif facts.smi_problem:
        yield warning("smi", f"{clean_line(facts.smi_problem)}: {INSTEAD}", f"check {facts.smi_library}")
    else:
        seen = "" if facts.smi_cards is None else f", which sees {', '.join(facts.smi_cards)}"
        yield good("smi", f"AMD's SMI library is {facts.smi_library}{seen}")
