"""This machine with its GPUs, as reports name it."""

from __future__ import annotations

import msgspec

from rocmtui.adapters.gpu.sysfs import read_gpus
from rocmtui.adapters.machine.description import read_machine
from rocmtui.core.report.document import Machine


def this_machine() -> Machine:
    """CPU, memory, kernel, and each AMD card with what tells it from others."""
    cards = [{"pci": gpu.pci, "name": gpu.name, "gfx": gpu.gfx, "driver": gpu.driver} for gpu in read_gpus()]
    return msgspec.structs.replace(read_machine(), gpus=tuple(cards))
