"""ROCm's device list: addresses, gfx names, partitions."""

from __future__ import annotations

import pytest

from rocmtui.core.gpu.kfd import (
    KfdNode,
    gfx_name,
    nodes_of,
    parse_node,
    parse_properties,
    partition_lines,
)

GIB = 1 << 30


@pytest.mark.parametrize(
    ("version", "name"),
    [
        (110001, "gfx1101"),
        (90402, "gfx942"),
        (90010, "gfx90a"),
        (100303, "gfx1033"),
        (120001, "gfx1201"),
        (0, None),
    ],
)
def test_gfx_is_spelled_as_rocm_does(version: int, name: str | None) -> None:
    assert gfx_name(version) == name


def test_cpu_nodes_are_no_gpus() -> None:
    properties = parse_properties(b"cpu_cores_count 96\nsimd_count 0\nlocation_id 0\n")
    assert parse_node(0, 0, properties, ()) is None


def test_odd_lines_are_left_out() -> None:
    data = b"simd_count 120\nname ip discovery\n\xff\xfe\n\nlocation_id 768\0\n" + b"big " + b"9" * 30
    assert parse_properties(data) == {"simd_count": 120, "location_id": 768}


def test_partitions_of_a_card_share_its_address() -> None:
    nodes = [
        KfdNode(node=n, gpu_id=n, gfx="gfx942", domain=0, location_id=location, heap_bytes=24 * GIB)
        for n, location in ((4, 1282), (2, 1280), (3, 1281), (9, 9984))
    ]
    pcis = ("0000:05:00.0", "0000:27:00.0")
    cards = {pci: nodes_of(pci, nodes, pcis) for pci in pcis}
    assert {pci: [node.node for node in members] for pci, members in cards.items()} == {
        "0000:05:00.0": [2, 3, 4],
        "0000:27:00.0": [9],
    }
    assert partition_lines(cards["0000:05:00.0"]) == (
        "gfx942 partition 0: 24.0 GiB",
        "gfx942 partition 1: 24.0 GiB",
        "gfx942 partition 2: 24.0 GiB",
    )
    assert partition_lines(cards["0000:27:00.0"]) == ()
