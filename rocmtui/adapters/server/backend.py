"""Which backend the llama-server of this machine has, asked only where that wakes no card."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence

from rocmtui.adapters.server.binary import find_binary, inspect_binary
from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.gpu.sleep import sleeping
from rocmtui.errors import ServerStartError


def backend_of(
    server_bin: str | None, gpus: Sequence[GpuReading], environ: Mapping[str, str] = os.environ
) -> str | None:
    """`ROCm`, `Vulkan` ...; None where there is no server, it does not say, or asking would wake a card.

    Only where it matters: some APU among the cards (its heaps differ by backend) or one without a KFD node.
    Blocks while the program answers. Raises ServerStartError for a `server_bin` that cannot run.
    """
    matters = any(gpu.kind == "apu" or gpu.rocm_indexes == () for gpu in gpus)
    if sleeping(gpus) or not (matters or server_bin):
        return None
    try:
        binary = find_binary(server_bin, environ)
        return asyncio.run(inspect_binary(binary, environ, list_devices=True, gpus=tuple(gpus))).backend
    except ServerStartError:
        if server_bin:
            raise
        return None
