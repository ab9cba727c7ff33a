"""The judgement of `rocmtui doctor`: each situation with its findings."""

from __future__ import annotations

import msgspec
import pytest

from rocmtui.core.doctor.facts import (
    DeviceNode,
    Finding,
    Folder,
    KfdDevice,
    MachineFacts,
    ServerDevice,
    ServerProgram,
    worst,
)
from rocmtui.core.doctor.rules import examine
from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.host.sample import Limits

GIB = 1 << 30
CARD = GpuReading(
    pci="0000:03:00.0",
    name="RX 7900 XTX",
    gfx="gfx1100",
    card="card1",
    render_node="renderD128",
    uuid="GPU-0123456789abcdef",
    vram_total_bytes=24 * GIB,
    visible_vram_total_bytes=24 * GIB,
    pool_bytes=24 * GIB,
    driver="amdgpu",
)
APU = GpuReading(
    pci="0000:0e:00.0", name="780M", index=1, kind="apu", vram_total_bytes=GIB // 2, driver="amdgpu"
)
ROCM_SERVER = ServerProgram(
    path="/opt/llama/llama-server",
    source="PATH",
    version="b9120 (abc)",
    backend="ROCm",
    devices=(ServerDevice(name="ROCm0", description="RX 7900 XTX", pci="0000:03:00.0"),),
)
WELL = MachineFacts(
    os="Ubuntu 24.04",
    os_id="ubuntu debian",
    kernel="Linux 6.8.0-45",
    python="3.12.3",
    cpu_count=16,
    memory_bytes=64 * GIB,
    load_1m=0.5,
    user="ann",
    gpus=(CARD,),
    kfd=DeviceNode(path="/dev/kfd", usable=True),
    kfd_devices=(KfdDevice(pci="0000:03:00.0", node=1),),
    render_nodes=(DeviceNode(path="/dev/dri/renderD128", usable=True),),
    rocm_version="6.4.1",
    rocm_path="/opt/rocm",
    smi_library="/opt/rocm/lib/libamd_smi.so",
    smi_cards=("0000:03:00.0",),
    server=ROCM_SERVER,
    folders=(Folder(purpose="runs", path="/home/ann/runs", writable=True, free_bytes=90 * GIB),),
    demo_server=True,
    demo_model=True,
)


def findings(**changes: object) -> tuple[Finding, ...]:
    return examine(msgspec.structs.replace(WELL, **changes))


def complaints(**changes: object) -> list[tuple[str, str, str]]:
    """Area, status and remedy of all that is not good."""
    return [
        (found.area, found.status, found.remedy or "")
        for found in findings(**changes)
        if found.status != "good"
    ]


def test_a_good_machine_has_nothing_but_good_findings() -> None:
    assert {found.status for found in findings()} == {"good"}
    areas = list(dict.fromkeys(found.area for found in findings()))
    assert areas == ["system", "gpu", "driver", "access", "rocm", "smi", "server", "folders", "demo"]


def test_a_card_is_named_by_every_number_a_tool_gives_it() -> None:
    (line,) = [found.text for found in findings() if found.text.startswith("GPU 0:")]
    assert line == (
        "GPU 0: RX 7900 XTX, 0000:03:00.0, gfx1100, 24.0 GiB; "
        "elsewhere card1, renderD128, ROCm 0, KFD node 1, llama-server ROCm0"
    )


def test_no_gpu_is_one_warning_and_no_problem() -> None:
    server = ServerProgram(path="python", source="embedded", backend="CPU", devices=())
    found = complaints(
        gpus=(), kfd=None, render_nodes=(), server=server, gpu_notes=("No AMD GPU: looked in /sys.",)
    )
    assert found == [("gpu", "warning", "")]


@pytest.mark.parametrize(
    ("container", "remedy"),
    [(None, "sudo modprobe amdgpu"), ("a Docker container", "outside of the container")],
)
def test_a_card_without_driver_is_named(container: str | None, remedy: str) -> None:
    note = "AMD GPU at 0000:03:00.0 cannot be read: it has no driver, and amdgpu is needed."
    ((area, status, told),) = complaints(gpus=(), gpu_notes=(note,), container=container)
    assert (area, status) == ("gpu", "warning")
    assert remedy in told


@pytest.mark.parametrize(
    ("node", "container", "remedy"),
    [
        (
            DeviceNode(path="/dev/kfd", usable=False, group="render", gid=105),
            None,
            "sudo usermod -aG render ann, then log out and in again",
        ),
        (
            DeviceNode(path="/dev/kfd", usable=False, group="render", gid=105, in_group=True),
            None,
            "log out and in again: this login is older than the membership",
        ),
        (
            DeviceNode(path="/dev/kfd", usable=False, gid=105),
            "a Docker container",
            "start the container with --group-add 105",
        ),
        (DeviceNode(path="/dev/kfd", usable=False), None, "sudo setfacl -m u:ann:rw /dev/kfd"),
    ],
)
def test_access_names_the_one_step_that_is_missing(
    node: DeviceNode, container: str | None, remedy: str
) -> None:
    assert complaints(kfd=node, container=container) == [("access", "problem", remedy)]


def test_vulkan_needs_neither_kfd_nor_rocm_but_the_render_node() -> None:
    vulkan = msgspec.structs.replace(ROCM_SERVER, backend="Vulkan")
    closed = DeviceNode(path="/dev/dri/renderD128", usable=False, group="render")
    assert [
        (area, status)
        for area, status, _ in complaints(server=vulkan, kfd=None, rocm_version=None, render_nodes=(closed,))
    ] == [("access", "warning"), ("access", "problem")]


def test_missing_device_files_in_a_container_name_its_options() -> None:
    found = complaints(kfd=None, render_nodes=(), container="a Docker container")
    remedy = "start the container with --device /dev/kfd --device /dev/dri"
    assert found == [("access", "problem", remedy), ("access", "problem", remedy)]


def test_an_integrated_gpu_beside_a_card_is_a_hazard_and_alone_it_is_not() -> None:
    ((area, status, remedy),) = complaints(gpus=(CARD, APU))
    assert (area, status) == ("gpu", "warning")
    assert "ROCR_VISIBLE_DEVICES=GPU-0123456789abcdef" in remedy
    assert [area for area, _, _ in complaints(gpus=(APU,))] == []


def test_a_small_bar_is_a_warning() -> None:
    small = msgspec.structs.replace(CARD, visible_vram_total_bytes=256 << 20)
    ((area, status, remedy),) = complaints(gpus=(small,))
    assert (area, status) == ("gpu", "warning")
    assert "Resizable BAR" in remedy


@pytest.mark.parametrize(
    ("os_id", "remedy"),
    [("fedora", "dnf install"), ("manjaro arch", "pacman -S"), ("ubuntu debian", "rocm.docs.amd.com")],
)
def test_missing_rocm_is_mended_as_the_distribution_does(os_id: str, remedy: str) -> None:
    ((area, status, told),) = complaints(rocm_version=None, os_id=os_id)
    assert (area, status) == ("rocm", "warning")
    assert remedy in told


def test_hip_of_a_distribution_is_enough() -> None:
    assert complaints(rocm_version=None, hip_library="/usr/lib/libamdhip64.so.6") == []


def test_the_smi_library_is_not_needed_but_must_not_be_broken() -> None:
    assert complaints(smi_library=None, smi_looked_in=("/opt/rocm/lib",)) == []
    assert complaints(smi_problem="AMD's SMI library sees no GPU") == [
        ("smi", "warning", "check /opt/rocm/lib/libamd_smi.so")
    ]


@pytest.mark.parametrize(
    ("server", "status"),
    [
        (None, "problem"),
        (ServerProgram(path="python", source="embedded", backend="CPU", devices=()), "warning"),
        (msgspec.structs.replace(ROCM_SERVER, backend="CPU", devices=()), "warning"),
        (msgspec.structs.replace(ROCM_SERVER, devices=()), "problem"),
        (msgspec.structs.replace(ROCM_SERVER, devices=None), "good"),
        (ServerProgram(path="/bin/ls", source="--server-bin"), "warning"),
        (ServerProgram(path="/x", source="PATH", died_of=("--list-devices (SIGSEGV)",)), "warning"),
    ],
)
def test_the_server_must_be_able_to_use_the_gpu(server: ServerProgram | None, status: str) -> None:
    found = tuple(finding for finding in findings(server=server) if finding.area == "server")
    assert worst(found) == status


def test_why_there_is_no_server_is_passed_on() -> None:
    found = complaints(server=None, server_problem="--server-bin names x", server_remedy="correct the path")
    assert ("server", "problem", "correct the path") in found


def test_variables_that_change_servers_are_shown_without_their_secrets() -> None:
    variables = {"LLAMA_API_KEY": "", "ROCR_VISIBLE_DEVICES": "1", "HSA_OVERRIDE_GFX_VERSION": "11.0.0"}
    texts = [found.text for found in findings(variables=variables) if found.area == "variables"]
    assert texts == [
        "HSA_OVERRIDE_GFX_VERSION=11.0.0: ROCm takes the GPU for another one",
        "LLAMA_API_KEY is set: it changes every llama-server started by hand",
        "ROCR_VISIBLE_DEVICES=1 decides which GPU a server uses, instead of --gpu",
    ]


def test_folders_that_cannot_be_written_or_are_nearly_full() -> None:
    closed = Folder(purpose="runs", path="/r", writable=False)
    full = Folder(purpose="the demo model", path="/c", writable=True, free_bytes=5 << 20)
    assert [(area, status) for area, status, _ in complaints(folders=(closed, full))] == [
        ("folders", "problem"),
        ("folders", "warning"),
    ]


def test_an_old_kernel_a_busy_machine_and_wsl_are_warnings() -> None:
    found = complaints(kernel="Linux 5.15.0-microsoft", load_1m=20.0, is_wsl=True)
    assert [(area, status) for area, status, _ in found] == [("system", "warning")] * 3


def test_what_the_demo_lacks_is_named() -> None:
    assert complaints(demo_server=False) == [("demo", "warning", "pip install 'rocmtui[demo]'")]


def test_untrusted_names_cannot_reach_the_terminal() -> None:
    evil = msgspec.structs.replace(CARD, name="RX\x1b[2J")
    device = ServerDevice(name="ROCm0\x1b]0;x\x07", description="a\nb")
    server = msgspec.structs.replace(ROCM_SERVER, devices=(device,), version="1\x9b31m")
    for found in findings(gpus=(evil,), server=server):
        assert found.text.isprintable()


def test_limits_are_told_before_a_server_is_started() -> None:
    def told(limits: Limits) -> list[tuple[str, str]]:
        found = (one for one in findings(machine_cores=8, limits=limits) if one.area == "system")
        return [(one.text, one.remedy or "") for one in found if one.status != "good"]

    ((text, remedy),) = told(Limits(cores=8, quota_cores=2.5))
    assert text == "a CPU quota of 2.5 leaves a server 2 cores of 8"
    assert "-t 2" in remedy
    assert told(Limits(cores=1))[0][0] == "affinity or cpuset leaves a server 1 core of 8"
    assert told(Limits(memory_limit_bytes=4 << 30))[0][0] == "its container is limited to 4.0 GiB of memory"
    assert told(Limits(cores=8, quota_cores=8.0)) == []
