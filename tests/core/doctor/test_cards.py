"""The judgement of cards that some server cannot use, that sleep, or that lost lanes."""

from __future__ import annotations

import msgspec
import pytest

from rocmtui.core.doctor.access import NO_GROUP
from rocmtui.core.doctor.facts import DeviceNode, MachineFacts, ServerProgram
from rocmtui.core.doctor.rules import examine
from rocmtui.core.gpu.reading import GpuReading

GIB = 1 << 30
CARD = GpuReading(
    pci="0000:03:00.0",
    name="RX 7900 XTX",
    driver="amdgpu",
    access="yes",
    render_node="renderD128",
    rocm_indexes=(0,),
    vram_total_bytes=24 * GIB,
)
TWIN = msgspec.structs.replace(CARD, pci="0000:0a:00.0", index=1, render_node="renderD129", rocm_indexes=(1,))
NODE = DeviceNode(path="/dev/dri/renderD129", usable=True)
SERVER = ServerProgram(path="/opt/llama-server", source="PATH", version="b1", backend="ROCm", devices=None)


def found(*gpus: GpuReading, **changes: object) -> list[tuple[str, str, str | None]]:
    """Status, text and remedy of all that is told."""
    facts = MachineFacts(
        kernel="Linux 6.8", user="ann", gpus=gpus, kfd=NODE, render_nodes=(NODE,), server=SERVER
    )
    return [(f.status, f.text, f.remedy) for f in examine(msgspec.structs.replace(facts, **changes))]


def test_a_card_that_is_not_in_the_container() -> None:
    told = found(msgspec.structs.replace(CARD, access="missing"), TWIN, container="a Docker container")
    remedy = "start the container with --device /dev/dri/renderD128"
    text = "GPU 0 RX 7900 XTX cannot be used: its render node /dev/dri/renderD128 is not here"
    assert ("warning", text, remedy) in told
    assert ("good", "--gpu auto takes GPU 1 RX 7900 XTX", None) in told


def test_a_card_rocm_does_not_know() -> None:
    told = found(msgspec.structs.replace(CARD, rocm_indexes=()), TWIN)
    assert any(
        status == "warning" and "GPU 0 RX 7900 XTX cannot be used: ROCm does not know it" in text
        for status, text, _ in told
    )


@pytest.mark.parametrize(
    ("gid", "words", "remedy"),
    [
        (0, "only root may", "on the host: give it to group render"),
        (NO_GROUP, "it needs group 65534", "--group-add keep-groups"),
        (105, "it needs group 105", "--group-add 105"),
    ],
)
def test_a_remedy_in_a_container_can_work(gid: int, words: str, remedy: str) -> None:
    node = DeviceNode(path="/dev/kfd", usable=False, gid=gid)
    told = found(CARD, kfd=node, container="a Podman container")
    assert any(words in text and remedy in (cure or "") for _, text, cure in told)
    assert not any("--group-add 0" in (cure or "") for _, _, cure in told)


def test_a_server_that_was_not_asked_is_no_other_program() -> None:
    server = ServerProgram(path="/opt/llama-server", source="PATH", not_asked="GPU 0 sleeps")
    told = found(CARD, server=server)
    asked = "rocmtui doctor --wake asks all the same"
    assert ("warning", "/opt/llama-server (by PATH): GPU 0 sleeps", asked) in told


def test_lanes_that_are_lost_on_the_way_are_told() -> None:
    narrow = msgspec.structs.replace(CARD, link_width=4, link_narrowed_at="0000:00:01.1")
    assert any("GPU 0 has 4 PCIe lanes, narrowed at 0000:00:01.1" in text for _, text, _ in found(narrow))
    assert not any("PCIe" in text for _, text, _ in found(CARD))


def test_gpus_beside_the_cards_are_named() -> None:
    notes = ("AMD GPU at 0000:0b:00.0 cannot be read: it has no driver, and amdgpu is needed.", "NVIDIA GPU")
    told = found(CARD, gpu_notes=notes)
    assert ("warning", notes[0], "sudo modprobe amdgpu; sudo dmesg | grep amdgpu says why not") in told
    assert ("good", "NVIDIA GPU", None) in told


def test_wsl_needs_neither_kfd_nor_render_node() -> None:
    told = found(CARD, kfd=None, render_nodes=(), is_wsl=True)
    assert not any("/dev/kfd" in text or "render node" in text for _, text, _ in told)
