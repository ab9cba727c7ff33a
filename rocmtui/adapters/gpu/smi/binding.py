"""AMD's SMI library through pyrsmi. Only for the sampler process: the library prints, hangs and aborts.

pyrsmi 1.1 passes 64-bit handles without argument types, so ctypes cuts them and it finds no GPU; the
types are set here first. Its power figures are wrong on every Radeon and are not used.
"""

from __future__ import annotations

import ctypes
import importlib
import sys
from typing import Any

from rocmtui.adapters.gpu.smi.search import LibrarySearch, find_library

_Pointer, _Handle, _Enum, _U32 = ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_uint32
_ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "amdsmi_init": (ctypes.c_uint64,),
    "amdsmi_get_socket_handles": (_Pointer, _Pointer),
    "amdsmi_get_processor_handles": (_Handle, _Pointer, _Pointer),
    "amdsmi_get_processor_handles_by_type": (_Handle, _Enum, _Pointer, _Pointer),
    "amdsmi_get_gpu_memory_total": (_Handle, _Enum, _Pointer),
    "amdsmi_get_gpu_memory_usage": (_Handle, _Enum, _Pointer),
    "amdsmi_get_gpu_activity": (_Handle, _Pointer),
    "amdsmi_get_gpu_device_bdf": (_Handle, _Pointer),
    "amdsmi_get_gpu_asic_info": (_Handle, _Pointer),
    "amdsmi_get_gpu_fan_rpms": (_Handle, _U32, _Pointer),
    "amdsmi_status_code_to_string": (_Enum, _Pointer),
}
"""pyrsmi calls the one by type with too few arguments: with its types set ctypes refuses the call,
and pyrsmi goes on to the sockets."""
_KINDS = {"vram": "VRAM", "visible_vram": "VIS_VRAM", "gtt": "GTT"}


class PyrsmiUnavailable(Exception):
    """AMD's library cannot be used here; the text is a sentence for the user."""


class Pyrsmi:
    """The started library. One thread only; starting it wakes every card."""

    def __init__(self, search: LibrarySearch | None = None) -> None:
        """Load and start. Raises PyrsmiUnavailable."""
        found = search or find_library()
        if found.path is None:
            where = ", ".join(found.looked_in[:4])
            raise PyrsmiUnavailable(f"AMD's SMI library is not installed (looked in {where} ...)")
        self.path = found.path
        self._rocml = _import_rocml()
        self._rocml.rocm_lib = _load(found.path)
        self._rocml._driver_initialized = lambda: True
        self._start()
        self._index_of = self._find_cards()
        if not self._index_of:
            raise PyrsmiUnavailable(f"AMD's SMI library at {found.path} sees no GPU")
        self._totals = {pci: self._memory(pci, "total") for pci in self.cards}

    @property
    def cards(self) -> tuple[str, ...]:
        """PCI addresses of the cards it knows."""
        return tuple(self._index_of)

    def memory(self, pci: str) -> dict[str, int]:
        """Memory fields of a card as the library gives them, in bytes; -1 where it failed.

        Reads one file a field and wakes no card.
        """
        return self._totals[pci] | self._memory(pci, "used")

    def busy_percent(self, pci: str) -> int:
        """Activity from the firmware's table; -1 where there is none. Wakes the card."""
        return int(self._rocml.smi_get_device_utilization(self._index_of[pci]))

    def name(self, pci: str) -> str:
        """Marketing name; empty or an id where the library may not open the card. Wakes the card."""
        return str(self._rocml.smi_get_device_name(self._index_of[pci]))

    def _memory(self, pci: str, part: str) -> dict[str, int]:
        """Of each kind the `total` or what is `used`."""
        ask, index = getattr(self._rocml, f"smi_get_device_memory_{part}"), self._index_of[pci]
        return {f"{name}_{part}_bytes": int(ask(index, kind)) for name, kind in _KINDS.items()}

    def _start(self) -> None:
        errors = (RuntimeError, OSError, AttributeError, KeyError, self._rocml.ROCMLError_LibraryNotFound)
        try:
            self._rocml.smi_initialize()
        except errors as error:
            raise PyrsmiUnavailable(f"AMD's SMI library at {self.path} does not start: {error}") from error

    def _find_cards(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for index in range(self._rocml.smi_get_device_count()):
            bdf = int(self._rocml.smi_get_device_pci_id(index))
            if bdf >= 0:
                found.setdefault(pci_address(bdf), index)
        return found


def pci_address(bdf: int) -> str:
    """pyrsmi's packed address as the kernel writes it: 0x300 is 0000:03:00.0."""
    return f"{bdf >> 16:04x}:{bdf >> 8 & 0xFF:02x}:{bdf >> 3 & 0x1F:02x}.{bdf & 7}"


def _import_rocml() -> Any:
    """pyrsmi's module, kept from AMD's amdsmi package (another version of it than the library fails)."""
    import logging  # pyrsmi does too; without AMD's library nobody needs it

    logging.disable(logging.CRITICAL)
    sys.modules["amdsmi"] = None  # type: ignore[assignment]
    try:
        return importlib.import_module("pyrsmi.rocml")
    except ImportError as error:
        raise PyrsmiUnavailable(f"pyrsmi cannot be imported: {error}") from error


def _load(path: str) -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(path)
    except OSError as error:
        raise PyrsmiUnavailable(f"AMD's SMI library cannot be loaded: {error}") from error
    for name, arguments in _ARGUMENTS.items():
        function = getattr(library, name, None)
        if function is not None:
            function.argtypes = arguments
    return library
