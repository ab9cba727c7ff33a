"""Bandwidth of cards, the limit beside a speed, what is said of it, and what to expect before a load."""

from __future__ import annotations

import struct

import msgspec
import pytest

from rocmtui.core.gpu.reading import GpuSummary
from rocmtui.core.host.sample import Cause, HostSummary
from rocmtui.core.limits.bandwidth import (
    Bandwidth,
    MemoryInfo,
    card_bandwidth,
    highest_clock_hz,
    read_device_info,
)
from rocmtui.core.limits.decode import DecodeLimit, DecodeSeen, decode_limit, limit_text, step_seconds
from rocmtui.core.limits.forecast import PastShare, expected, miss, range_text
from rocmtui.core.limits.step import StepBytes
from rocmtui.core.limits.words import limit_words

CARD = Bandwidth(bytes_per_s=800e9, source="maker")
HOST = Bandwidth(bytes_per_s=20e9, source="measured")


@pytest.mark.parametrize(
    ("name", "gb_per_s"),
    [
        ("AMD Radeon RX 7900 XTX", 960),
        ("AMD Radeon RX 7900 XT", 800),
        ("AMD Radeon RX 7900 GRE", 576),
        ("AMD Radeon RX 9070 XT", 640),
        ("AMD Radeon RX 6900 XT", 512),
        ("AMD Radeon RX 6950 XT", 576),
        ("AMD Radeon RX 7600 XT", 288),
        ("AMD Radeon 8060S Graphics", 256),
        ("AMD Instinct MI300X", 5300),
        ("AMD Radeon Pro W7900", 864),
        ("AMD Radeon RX 7600S", 256),
        ("AMD Radeon RX 7700S", 288),
        ("AMD Radeon RX 7600M XT", None),
        ("AMD Radeon RX 7800M", None),
        ("AMD Radeon RX 6600", 224),
        ("AMD Radeon RX 6600M", None),
        ("AMD Radeon RX 5700M", None),
        ("AMD Radeon RX Vega", None),
        ("AMD Radeon 890M Graphics", None),
        ("AMD GPU 744c", None),
    ],
)
def test_the_makers_figures(name: str, gb_per_s: int | None) -> None:
    found = card_bandwidth(name)
    assert (found.bytes_per_s / 1e9 if found else None) == gb_per_s


def test_the_driver_says_it_better() -> None:
    info = MemoryInfo(type_id=9, bits=384, max_clock_hz=1_249_000_000)
    found = card_bandwidth("AMD GPU 744c", info)
    assert found is not None
    assert found.bytes_per_s == pytest.approx(959.2e9, rel=1e-3)
    assert found.source == "driver: 384 bits of GDDR6 at 1,249 MHz"
    lpddr = MemoryInfo(type_id=12, bits=256, max_clock_hz=1_000_000_000)
    assert card_bandwidth("AMD Radeon 780M Graphics", lpddr) is None


def test_a_lowered_memory_clock_is_the_limit() -> None:
    found = card_bandwidth("AMD Radeon RX 7900 XT", None, 456_000_000)
    assert found is not None
    assert found.bytes_per_s == pytest.approx(800e9 * 456 / 1249)
    assert "456 of 1,249 MHz" in found.source
    nearly = card_bandwidth("AMD Radeon RX 7900 XT", None, 1_249_000_000)
    assert nearly is not None
    assert nearly.bytes_per_s == 800e9
    raised = card_bandwidth("AMD Radeon RX 6600", None, 925_000_000)
    assert raised is not None
    assert raised.bytes_per_s == pytest.approx(224e9 * 925 / 875)
    assert raised.source.endswith("its memory clock raised from 875 to 925 MHz")
    assert highest_clock_hz("0: 96Mhz\n1: 456Mhz *\n") == 456_000_000
    assert highest_clock_hz("S: 19Mhz *\n") is None


def test_what_the_kernel_hands_out() -> None:
    data = bytearray(400)
    struct.pack_into("<Q", data, 40, 1_249_000)
    struct.pack_into("<II", data, 176, 9, 320)
    assert read_device_info(bytes(data)) == MemoryInfo(type_id=9, bits=320, max_clock_hz=1_249_000_000)
    assert read_device_info(bytes(100)) is None


def test_a_step_reads_one_device_after_the_other() -> None:
    read = StepBytes(card_weights=8_000_000_000, host_weights=200_000_000)
    assert step_seconds(read, CARD, HOST) == pytest.approx(0.01 + 0.01)
    assert step_seconds(read, CARD, None) is None
    assert step_seconds(read, None, HOST) is None


def limit(tps: float = 30.8, streams: float = 1.0, **read: int) -> DecodeLimit:
    """A public point: a 27B of 16.46 GB on a card of 800 GB/s."""
    found = decode_limit(
        DecodeSeen(tps=tps, streams=streams, depth_tokens=100),
        StepBytes(**{"card_weights": 16_460_000_000, **read}),
        device="RX 7900 XT",
        card=CARD,
        host=HOST,
    )
    assert found is not None
    return found


def test_a_public_point() -> None:
    found = limit()
    assert found.share == pytest.approx(0.634, abs=0.001)
    assert limit_text(found) == "30.8 tok/s of at most 48.6: 63 % of 800 GB/s"


def test_streams_share_the_weights_and_a_draft_makes_several_tokens_a_step() -> None:
    four = limit(100, 4, card_kv=1_000_000_000)
    assert four.limit_tps == pytest.approx(4 * 800 / 17.46)
    drafted = decode_limit(
        DecodeSeen(tps=80, streams=1, depth_tokens=0, tokens_a_step=2.0),
        StepBytes(card_weights=16_460_000_000),
        device="",
        card=CARD,
        host=None,
    )
    assert drafted is not None
    assert drafted.limit_tps == pytest.approx(2 * 800 / 16.46)


def test_more_than_all_of_it_is_said_and_not_hidden() -> None:
    assert "a cache holds a part" in limit_text(limit(60))


def test_far_below_names_the_best_evidence_first() -> None:
    spilled = GpuSummary(pci="0", name="c", spill_peak_bytes=3 << 30, busy_mean_percent=40)
    idle = GpuSummary(pci="0", name="c", busy_mean_percent=40)
    slow = HostSummary(causes=(Cause(code="others", text="others kept 2 cores", remedy="", share=1),))
    far = limit(10)
    assert "3.0 GiB spilled" in limit_words(far, [spilled], slow)
    assert "others kept 2 cores" in limit_words(far, [idle], slow)
    assert "busy 40 %" in limit_words(far, [idle], None)
    beside = limit(1.0, host_weights=2 << 30)
    assert "2.0 GiB of a step lie in system memory" in limit_words(beside, [], None)


def test_layers_on_the_cpu_come_before_what_spilled_and_both_before_the_host() -> None:
    spilled = GpuSummary(pci="0", name="c", spill_peak_bytes=3 << 30, throttle=("power",))
    slow = HostSummary(causes=(Cause(code="others", text="others kept 2 cores", remedy="", share=1),))
    assert "layers or experts on the CPU" in limit_words(limit(1.0, host_weights=2 << 30), [spilled], slow)
    throttled = msgspec.structs.replace(spilled, spill_peak_bytes=0)
    assert "held back (power)" in limit_words(limit(10), [throttled], slow)


def test_a_link_that_ran_narrow_is_named_and_a_good_one_is_not() -> None:
    narrow = GpuSummary(
        pci="0000:03:00.0",
        name="c",
        link_speed="8.0 GT/s PCIe",
        link_width=4,
        link_max_speed="16.0 GT/s PCIe",
        link_max_width=16,
        link_narrowed_at="0000:00:01.1",
    )
    words = "the card's link ran at 8.0 GT/s PCIe x4 of 16.0 GT/s PCIe x16, narrowed at 0000:00:01.1"
    assert words in limit_words(limit(10), [narrow], None)
    good = msgspec.structs.replace(narrow, link_speed="16.0 GT/s PCIe", link_width=16, link_narrowed_at=None)
    assert "link" not in limit_words(limit(10), [good], None)
    untold = GpuSummary(pci="0", name="c", link_max_speed="16.0 GT/s PCIe", link_max_width=16)
    assert "link" not in limit_words(limit(10), [untold], None)


@pytest.mark.parametrize(
    ("backend", "quantization", "known"),
    [
        (
            "Vulkan",
            "IQ2_XS - 2.3125 bpw",
            "K-quants of their size on Vulkan (this one is IQ2_XS)",
        ),
        ("ROCm", "IQ3_S mix - 3.66 bpw", "slower than IQ4_XS on ROCm"),
        ("ROCm", "IQ4_XS - 4.25 bpw", "nothing measured tells"),
        ("Vulkan", "Q4_K - Medium", "nothing measured tells"),
        ("Vulkan", None, "nothing measured tells"),
    ],
)
def test_a_backend_known_to_be_slow_for_a_type(backend: str, quantization: str | None, known: str) -> None:
    far = msgspec.structs.replace(limit(10), backend=backend, quantization=quantization)
    assert known in limit_words(far, [], None)


def test_near_and_in_between() -> None:
    assert "only fewer bytes" in limit_words(limit(40), [], None)
    assert limit_words(limit(30), [], None) == ""


def test_a_forecast_of_public_figures_until_there_are_own() -> None:
    told = expected(100, (), device="RX", backend="ROCm", kind="dense")
    assert told is not None
    assert (range_text(told), told.is_public) == ("60 to 80 tok/s", True)
    assert expected(100, (), device="cpu", backend="CPU", kind="dense", has_card=False) is None
    moe = expected(100, (), device="RX", backend="ROCm", kind="moe")
    assert moe is not None
    assert range_text(moe) == "35 to 60 tok/s"


def test_one_run_of_a_model_is_a_wider_range_and_another_model_s_a_wider_one_still() -> None:
    past = [PastShare(device="RX", backend="ROCm", model="m", share=0.50)]

    def of(model: str) -> tuple[float, float]:
        told = expected(100, past, device="RX", backend="ROCm", kind="dense", model=model)
        assert told is not None
        assert not told.is_public
        return told.low_tps, told.high_tps

    assert of("m") == (pytest.approx(45), pytest.approx(55))
    assert of("other") == (pytest.approx(32.5), pytest.approx(67.5))


def test_a_forecast_learns_from_runs_alike() -> None:
    past = [
        PastShare(device="RX", backend="ROCm", share=0.50),
        PastShare(device="RX", backend="ROCm", share=0.52),
        PastShare(device="RX", backend="ROCm", model="other", share=0.9),
        PastShare(device="RX", backend="Vulkan", share=0.9),
        PastShare(device="RX", backend="ROCm", kind="moe", share=0.1),
        PastShare(device="RX", backend="ROCm", streams=4, share=0.3),
    ]
    told = expected(100, past, device="RX", backend="ROCm", kind="dense")
    assert told is not None
    assert (told.low_tps, told.high_tps) == (pytest.approx(47.5), pytest.approx(54.6))
    four = expected(100, past, device="RX", backend="ROCm", kind="dense", streams=8)
    assert four is not None
    assert four.high_tps == pytest.approx(33)
    assert miss(told, 50) == 0.0
    assert miss(told, 38) == pytest.approx(-0.2)
    assert miss(told, 109.2) == pytest.approx(1.0)
