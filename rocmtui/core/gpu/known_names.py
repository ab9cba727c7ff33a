"""Names of cards people run llama.cpp on that the libdrm of older distributions does not know yet.

(PCI device id, revision) to name, as libdrm's amdgpu.ids has them.
"""

from __future__ import annotations

from collections.abc import Mapping

KNOWN_NAMES: Mapping[tuple[int, int], str] = {
    (0x1586, 0xC1): "AMD Radeon 8060S Graphics",
    (0x1586, 0xC2): "AMD Radeon 8050S Graphics",
    (0x7448, 0x00): "AMD Radeon Pro W7900",
    (0x744A, 0x00): "AMD Radeon Pro W7900 Dual Slot",
    (0x744C, 0xC8): "AMD Radeon RX 7900 XTX",
    (0x744C, 0xCC): "AMD Radeon RX 7900 XT",
    (0x744C, 0xCE): "AMD Radeon RX 7900 GRE",
    (0x747E, 0xC8): "AMD Radeon RX 7800 XT",
    (0x747E, 0xDB): "AMD Radeon RX 7700",
    (0x747E, 0xFF): "AMD Radeon RX 7700 XT",
    (0x7480, 0xC0): "AMD Radeon RX 7600 XT",
    (0x7480, 0xC1): "AMD Radeon RX 7700S",
    (0x7480, 0xC3): "AMD Radeon RX 7600S",
    (0x7480, 0xCF): "AMD Radeon RX 7600",
    (0x74A0, 0x00): "AMD Instinct MI300A",
    (0x74A1, 0x00): "AMD Instinct MI300X",
    (0x7550, 0xC0): "AMD Radeon RX 9070 XT",
    (0x7550, 0xC2): "AMD Radeon RX 9070 GRE",
    (0x7550, 0xC3): "AMD Radeon RX 9070",
    (0x7551, 0xC0): "AMD Radeon AI PRO R9700",
    (0x7590, 0xC0): "AMD Radeon RX 9060 XT",
}
