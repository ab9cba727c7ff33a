"""The binary gpu_metrics table: versions, not-available values, damage."""

from __future__ import annotations

import struct
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocmtui.core.gpu.metrics.table import GpuMetrics, parse_gpu_metrics


def table(version: tuple[int, int], size: int, **at: tuple[int, str, int]) -> bytes:
    """A table of `size` bytes, all not available but the header and the given fields."""
    data = bytearray(b"\xff" * size)
    struct.pack_into("<HBB", data, 0, size, *version)
    for offset, code, value in at.values():
        struct.pack_into("<" + code, data, offset, value)
    return bytes(data)


def metrics(
    version: str,
    kind: Literal["discrete", "apu"] = "discrete",
    throttle: tuple[str, ...] = (),
    residencies: tuple[tuple[str, int], ...] = (),
    **figures: float,
) -> GpuMetrics:
    return GpuMetrics(version=version, kind=kind, throttle=throttle, residencies=residencies, figures=figures)


def test_card_of_version_1_3() -> None:
    data = table(
        (1, 3),
        120,
        edge=(4, "H", 61),
        junction=(6, "H", 84),
        memory=(8, "H", 78),
        busy=(16, "H", 98),
        memory_busy=(18, "H", 71),
        power=(22, "H", 287),
        sclk=(54, "H", 2482),
        mclk=(58, "H", 1249),
        fan=(72, "H", 1200),
        throttle=(112, "Q", 1 << 36 | 1),
    )
    assert parse_gpu_metrics(data) == metrics(
        kind="discrete",
        version="1.3",
        edge_c=61,
        junction_c=84,
        memory_c=78,
        busy_percent=98,
        memory_busy_percent=71,
        power_watts=287,
        sclk_hz=2_482_000_000,
        mclk_hz=1_249_000_000,
        fan_rpm=1200,
        throttle=("power", "junction temperature"),
    )


def test_not_available_is_none_and_no_reason_to_throttle() -> None:
    assert parse_gpu_metrics(table((1, 3), 120)) == metrics(kind="discrete", version="1.3")


def test_instinct_of_version_1_5() -> None:
    data = table((1, 5), 356, junction=(4, "H", 52), power=(10, "H", 141), busy=(12, "H", 100))
    assert parse_gpu_metrics(data) == metrics(
        kind="discrete", version="1.5", junction_c=52, power_watts=141, busy_percent=100
    )


def test_apu_tables_measure_in_hundredths_and_milliwatts() -> None:
    assert parse_gpu_metrics(table((2, 1), 120, edge=(4, "H", 2548))) == metrics(
        kind="apu", version="2.1", edge_c=25.48
    )
    data = table((3, 0), 264, edge=(4, "H", 4100), power=(112, "I", 28_400))
    assert parse_gpu_metrics(data) == metrics(kind="apu", version="3.0", edge_c=41, power_watts=28.4)


def test_padding_behind_the_table_is_no_part_of_it() -> None:
    data = table((1, 3), 120, power=(22, "H", 36))
    assert parse_gpu_metrics(data + bytes(3976)) == parse_gpu_metrics(data)


def test_damaged_tables_are_none() -> None:
    whole = table((1, 3), 120, power=(22, "H", 36))
    for data in (b"", whole[:3], whole[:119], table((7, 0), 120), bytes(120)):
        assert parse_gpu_metrics(data) is None


def test_unknown_version_of_a_known_format_still_tells_card_from_apu() -> None:
    assert parse_gpu_metrics(table((1, 9), 400, power=(10, "H", 7))) == metrics(
        kind="discrete", version="1.9"
    )


@given(st.binary(max_size=300))
def test_no_bytes_crash_the_parser(data: bytes) -> None:
    parse_gpu_metrics(data)
    parse_gpu_metrics(struct.pack("<HBB", max(len(data) + 4, 32), 1, 3) + data + bytes(32))


def test_time_held_back_is_told_by_counters_that_grew() -> None:
    def at(ppt: int, hbm: int) -> GpuMetrics:
        found = parse_gpu_metrics(
            table((1, 7), 400, hot=(44, "I", 1), ppt=(48, "I", ppt), hbm=(60, "I", hbm))
        )
        assert found is not None
        return found

    before = at(5, 7)
    assert before.throttle == ()
    assert at(6, 7).held_back_since(before) == ("power",)
    assert at(6, 9).held_back_since(before) == ("power", "memory temperature")
    assert at(5, 7).held_back_since(before) == ()
    assert at(9, 9).held_back_since(None) == ()
    other = parse_gpu_metrics(
        table((3, 0), 264, thm=(248, "I", 3), reads=(94, "H", 1200), cpu=(132, "I", 9000))
    )
    assert other is not None
    assert other.held_back_since(before) == ()
    assert (other.figures["dram_read_bytes_per_s"], other.figures["cpu_watts"]) == (1_200_000_000, 9.0)


def test_reasons_of_version_1_4_and_1_5() -> None:
    for version, offset in (((1, 4), 40), ((1, 5), 104)):
        found = parse_gpu_metrics(table(version, 356, bits=(offset, "I", 0b10010)))
        assert found is not None
        assert found.throttle == ("power", "memory temperature")


@pytest.mark.parametrize(
    ("version", "size", "traffic"),
    [((1, 4), 288, 72), ((1, 5), 360, 136), ((1, 6), 1664, 88), ((1, 7), 1700, 96), ((1, 8), 3872, 96)],
)
def test_what_the_link_carries(version: tuple[int, int], size: int, traffic: int) -> None:
    found = parse_gpu_metrics(table(version, size, traffic=(traffic, "Q", 41)))
    assert found is not None
    assert found.figures["link_bytes_per_s"] == 41e9


def test_version_1_6_had_another_layout_at_first() -> None:
    first = parse_gpu_metrics(table((1, 6), 384, video=(16, "H", 7), ppt=(112, "I", 3), jpeg=(40, "I", 9)))
    later = parse_gpu_metrics(table((1, 6), 1664, ppt=(40, "I", 9)))
    assert first is not None
    assert later is not None
    assert (first.figures["video_busy_percent"], first.residencies) == (7, (("power", 3),))
    assert (later.figures.get("video_busy_percent"), later.residencies) == (None, (("power", 9),))


def listed(*attributes: tuple[int, int, str, tuple[int, ...]]) -> bytes:
    """A 1.9 table: (attribute, type, its struct code, values) each."""
    body = b"".join(
        struct.pack(f"<Q{len(values)}{code}", kind << 20 | number << 10 | len(values), *values)
        for number, kind, code, values in attributes
    )
    return struct.pack("<HBBi", 8 + len(body), 1, 9, len(attributes)) + body


def test_a_list_of_attributes() -> None:
    data = listed(
        (0, 2, "H", (61,)),
        (3, 2, "H", (750,)),
        (4, 2, "H", (0xFFFF,)),
        (6, 6, "Q", (8000,)),
        (23, 6, "Q", (12, 0)),
        (33, 2, "H", (0xFFFF, 2100)),
        (11, 4, "I", (12,)),
        (300, 0, "B", (1, 2, 3)),
    )
    found = parse_gpu_metrics(data)
    assert found == metrics(
        kind="discrete",
        version="1.9",
        junction_c=61,
        power_watts=750,
        sclk_hz=2_100_000_000,
        max_bandwidth_bytes_per_s=8e12,
        link_bytes_per_s=12e9,
        residencies=(("power", 12),),
    )
    assert parse_gpu_metrics(listed((0, 3, "h", (-1,)), (3, 3, "h", (0x7FFF,)))) == metrics(
        kind="discrete", version="1.9", power_watts=0x7FFF
    )
    for cut in range(4, len(data)):
        shorter = struct.pack("<H", cut) + data[2:cut]
        parse_gpu_metrics(shorter)


def test_the_whole_list_of_an_mi300() -> None:
    """Order, types and counts are those of the kernel's smu_v13_0_6_gpu_metrics; so are the 1,150 bytes."""
    values = {0: 42, 1: 37, 3: 194, 4: 0, 5: 0, 6: 5300, 11: 633_093, 23: 3, 37: 900}
    clocks = (2098, 2100, 2110, 2105, 2103, 2109, 2105, 2115)
    data = listed(
        *((number, 2, "H", (values.get(number, 0xFFFF),)) for number in range(6)),
        *((number, 6, "Q", (values.get(number, 7),)) for number in (6, 7, 8)),
        *((number, 4, "I", (values.get(number, 0),)) for number in range(9, 16)),
        *((number, 2, "H", (16,)) for number in range(16, 20)),
        *((number, 4, "I", (1,)) for number in (20, 21)),
        *((number, 6, "Q", (values.get(number, 7),)) for number in range(22, 27)),
        *((number, 4, "I", (1,)) for number in (27, 28)),
        *((number, 6, "Q", (1,) * 8) for number in (29, 30)),
        (31, 2, "H", (0,) * 8),
        (32, 6, "Q", (1,)),
        (33, 2, "H", clocks),
        *((number, 2, "H", (29,) * 4) for number in (34, 35, 36)),
        (37, 2, "H", (900,)),
        (39, 4, "I", (1,)),
        (40, 4, "I", (0,) * 8),
        (41, 2, "H", (0,) * 40),
        (42, 2, "H", (0xFFFF, 5, 0, 0)),
        *((number, 6, "Q", (1,) * 8) for number in range(43, 48)),
    )
    assert len(data) == 1150
    residencies = (0, 633_093, 0, 0, 0)
    reasons = ("hot signal", "power", "temperature", "regulator temperature", "memory temperature")
    assert parse_gpu_metrics(data) == metrics(
        kind="discrete",
        version="1.9",
        junction_c=42,
        memory_c=37,
        power_watts=194,
        busy_percent=0,
        memory_busy_percent=0,
        video_busy_percent=5,
        sclk_hz=2_098_000_000,
        mclk_hz=900_000_000,
        max_bandwidth_bytes_per_s=5300e9,
        link_bytes_per_s=3e9,
        residencies=tuple(zip(reasons, residencies, strict=True)),
    )


@given(st.binary(max_size=200))
def test_no_list_of_attributes_raises(body: bytes) -> None:
    parse_gpu_metrics(struct.pack("<HBB", 4 + len(body), 1, 9) + body)
