"""Names of GPUs people run llama.cpp on that the libdrm of older distributions does not know yet.

As libdrm's amdgpu.ids has them.
"""

from __future__ import annotations

_KNOWN = {
    0x1114: {
        "AMD Radeon 860M Graphics": "C2 D2 E2 E4 E9 ED F2 F9 FC",
        "AMD Radeon 840M Graphics": "C3 D3 E5 EA EE F3 FA FD",
    },
    0x1506: {"AMD Radeon 610M": "C1 C2 C3 C4"},
    0x150E: {
        "AMD Radeon 890M Graphics": "C1 C5 C6 C7 D1 D3 E1 E3 E4 F1 F3",
        "AMD Radeon 880M Graphics": "C4 D2",
    },
    0x1586: {
        "AMD Radeon 8060S Graphics": "C1 C3 C6 D1",
        "AMD Radeon 8050S Graphics": "C2 C4 D2 D4",
        "AMD Radeon 8040S Graphics": "D5",
    },
    0x15BF: {
        "AMD Radeon 780M Graphics": "00 02 06 C1 C2 C4 C6 C7 C9 CF D0 D1 D2 D3 D4 D7 D9 DA DD",
        "AMD Radeon 760M Graphics": "01 03 05 C3 C8 CB CD D5 D6 DB DC DF F0",
        "AMD Radeon 740M Graphics": "07 08 C5 CA CC CE D8 DE",
    },
    0x164E: {"AMD Radeon 610M": "D8 D9 DA DB DC"},
    0x1900: {
        "AMD Radeon 780M Graphics": "01 03 05 06 B0 B1 B2 B3 B4 B5 B6 B9 BA BB C0 C2 C4 C5 C7 C9 CB CC CE D0"
        " D2 D4 D5 D7 D9 DB DC DE F0 F1 F2",
        "AMD Radeon 760M Graphics": "02 04 07 B7 B8 C1 C3 C6 C8 CA CD CF D1 D3 D6 D8 DA DD DF",
    },
    0x7448: {"AMD Radeon Pro W7900": "00"},
    0x744A: {"AMD Radeon Pro W7900 Dual Slot": "00"},
    0x744C: {
        "AMD Radeon RX 7900 XTX": "C8",
        "AMD Radeon RX 7900 XT": "CC",
        "AMD Radeon RX 7900 GRE": "CE",
        "AMD Radeon RX 7900M": "CF",
    },
    0x7460: {"AMD Radeon Pro V710": "00"},
    0x7461: {"AMD Radeon Pro V710 MxGPU": "00"},
    0x747E: {
        "AMD Radeon RX 7800 XT": "C8",
        "AMD Radeon RX 7800M": "D8",
        "AMD Radeon RX 7700": "DB",
        "AMD Radeon RX 7700 XT": "FF",
    },
    0x7480: {
        "AMD Radeon RX 7600 XT": "C0",
        "AMD Radeon RX 7700S": "C1",
        "AMD Radeon RX 7650 GRE": "C2",
        "AMD Radeon RX 7600S": "C3",
        "AMD Radeon RX 7600M XT": "C7",
        "AMD Radeon RX 7600": "CF",
    },
    0x74A0: {"AMD Instinct MI300A": "00"},
    0x74A1: {"AMD Instinct MI300X": "00"},
    0x74A2: {"AMD Instinct MI308X": "00"},
    0x74A5: {"AMD Instinct MI325X": "00"},
    0x74A8: {"AMD Instinct MI308X HF": "00"},
    0x74A9: {"AMD Instinct MI300X HF": "00"},
    0x74B5: {"AMD Instinct MI300X VF": "00"},
    0x74B6: {"AMD Instinct MI308X": "00"},
    0x7550: {"AMD Radeon RX 9070 XT": "C0", "AMD Radeon RX 9070 GRE": "C2", "AMD Radeon RX 9070": "C3"},
    0x7551: {"AMD Radeon AI PRO R9700": "C0", "AMD Radeon AI PRO R9600D": "C8"},
    0x7590: {"AMD Radeon RX 9060 XT": "C0", "AMD Radeon RX 9060 XT LP": "C1", "AMD Radeon RX 9060": "C7"},
    0x75A0: {"AMD Instinct MI350X": "00"},
    0x75A3: {"AMD Instinct MI355X": "00"},
    0x75B0: {"AMD Instinct MI350X VF": "00"},
    0x75B3: {"AMD Instinct MI355X VF": "00"},
}
"""PCI device id to names with the revisions each stands for."""


def known_name(device_id: int, revision: int | None) -> str | None:
    """The name of a revision; of one that is not listed where the device has one name only."""
    names = _KNOWN.get(device_id, {})
    for name, revisions in names.items():
        if revision is not None and f"{revision:02X}" in revisions.split():
            return name
    return next(iter(names)) if len(names) == 1 and device_id not in SHARED_WITH_OTHERS else None


SHARED_WITH_OTHERS = frozenset({0x164E})
"""Revisions that are not listed here have another name (desktop CPUs: AMD Radeon Graphics)."""
