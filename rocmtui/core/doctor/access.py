"""Findings about the device files a GPU program must open."""

from __future__ import annotations

from collections.abc import Iterator

from rocmtui.core.doctor.facts import DeviceNode, Finding, MachineFacts, good, problem
from rocmtui.core.gpu.choice.usable import hindrance
from rocmtui.core.text.sanitize import clean_line

NEEDS_SDK = "ROCm"
NO_GROUP = 65534
"""The number a group of the host has where a container does not know it."""
CONTAINER_DEVICES = "start the container with --device /dev/kfd --device /dev/dri"


def backend_of(facts: MachineFacts) -> str | None:
    """Of the llama-server that would run; None where it is not known."""
    return facts.server.backend if facts.server else None


def bind_driver(facts: MachineFacts) -> str:
    """What helps a card that no driver has: no device handed to a container does."""
    where = ", outside of the container" if facts.container else ""
    return f"sudo modprobe amdgpu; sudo dmesg | grep amdgpu says why not{where}"


def access_findings(facts: MachineFacts) -> Iterator[Finding]:
    """ROCm needs /dev/kfd and a render node; Vulkan the render node alone. WSL has neither and needs none."""
    if facts.is_wsl and facts.kfd is None and not facts.render_nodes:
        return
    needs_kfd = backend_of(facts) in (NEEDS_SDK, None)
    if facts.kfd is not None:
        yield _node(facts, facts.kfd, grave=needs_kfd)
    else:
        text = "/dev/kfd is missing: ROCm programs cannot use the GPU"
        remedy = CONTAINER_DEVICES if facts.container else "sudo modprobe amdgpu; sudo dmesg | grep -i kfd"
        yield problem("access", text, remedy, grave=needs_kfd)
    on_gpu = backend_of(facts) != "CPU" and not any(node.usable for node in facts.render_nodes)
    if not facts.render_nodes:
        text = "no render node of an AMD card in /dev/dri: no program can use the GPU"
        remedy = CONTAINER_DEVICES if facts.container else "sudo modprobe amdgpu"
        yield problem("access", text, remedy, grave=on_gpu)
    for node in facts.render_nodes:
        yield _node(facts, node, grave=on_gpu)
    for gpu in facts.gpus if facts.render_nodes else ():
        if gpu.access == "missing":
            text = f"GPU {gpu.index} {clean_line(gpu.name, 60)} cannot be used: {hindrance(gpu)}"
            path = f"/dev/dri/{gpu.render_node or 'renderD...'}"
            remedy = (
                f"start the container with --device {path}" if facts.container else "sudo udevadm trigger"
            )
            yield problem("access", text, remedy, grave=on_gpu)


def _node(facts: MachineFacts, node: DeviceNode, *, grave: bool) -> Finding:
    if node.usable:
        return good("access", f"{node.path} can be used by {facts.user}")
    if facts.container and node.gid == NO_GROUP:
        remedy = "start the container with --group-add keep-groups (podman), as a user of group render"
    elif facts.container and not node.gid:
        remedy = "on the host: give it to group render (ROCm's udev rules do), then --group-add that number"
    elif facts.container:
        remedy = f"start the container with --group-add {node.gid}"
    elif node.in_group:
        remedy = "log out and in again: this login is older than the membership"
    elif node.group and node.gid != 0:
        remedy = f"sudo usermod -aG {node.group} {facts.user}, then log out and in again"
    else:
        remedy = f"sudo setfacl -m u:{facts.user}:rw {node.path}"
    needs = "only root may" if node.gid == 0 else f"it needs group {node.group or node.gid}"
    text = f"{node.path} cannot be opened by {facts.user}: {needs}"
    return problem("access", text, remedy, grave=grave)
