"""The llama-server that would be started, asked what it is and which GPUs it sees."""

from __future__ import annotations

import os
from collections.abc import Mapping

import msgspec

from rocmtui.adapters.server.binary import EMBEDDED, find_binary, inspect_binary
from rocmtui.core.doctor.facts import MachineFacts, ServerDevice, ServerProgram
from rocmtui.core.gpu.choice.listed import find_device
from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.gpu.sleep import not_asked
from rocmtui.core.server.build import Device
from rocmtui.errors import ServerStartError


async def with_server(
    facts: MachineFacts,
    server_bin: str | None,
    environ: Mapping[str, str] = os.environ,
) -> MachineFacts:
    """The facts with the server's own; why there is none, where there is none.

    A GPU build opens every card, so while one sleeps it is asked nothing unless the facts say it may.
    """
    try:
        binary = find_binary(server_bin, environ)
        reason = None if facts.may_wake or binary.source == EMBEDDED else not_asked(facts.gpus)
        if reason:
            unasked = ServerProgram(path=binary.path, source=binary.source, not_asked=reason)
            return msgspec.structs.replace(facts, server=unasked)
        build = await inspect_binary(binary, environ, list_devices=True, gpus=facts.gpus)
    except ServerStartError as error:
        return msgspec.structs.replace(facts, server_problem=error.message, server_remedy=error.remedy)
    devices = None if build.devices is None else _devices(build.devices, facts.gpus)
    program = ServerProgram(
        path=binary.path,
        source=binary.source,
        version=build.version,
        backend=build.backend,
        devices=devices,
        died_of=build.died_of,
    )
    return msgspec.structs.replace(facts, server=program)


def _devices(devices: tuple[Device, ...], gpus: tuple[GpuReading, ...]) -> tuple[ServerDevice, ...]:
    """Each device with the PCI address of its card, where size and name tell which one card that is."""
    cards: dict[str, list[str]] = {}
    for gpu in gpus:
        if found := find_device(gpu, devices):
            cards.setdefault(found.name, []).append(gpu.pci)
    pci_of = {name: found[0] for name, found in cards.items() if len(found) == 1}
    return tuple(
        ServerDevice(name=device.name, description=device.description, pci=pci_of.get(device.name))
        for device in devices
    )
