"""The card with the most memory is used and the rest hidden, by whatever means the build understands."""

import pytest

from rocmtui.core.gpu.choice.mask import mask_gpus
from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.server.build import Device, ServerBuild
from rocmtui.errors import UsageError

GIB = 1 << 30
IGPU = GpuReading(
    pci="0000:0f:00.0",
    name="AMD Radeon 780M",
    index=2,
    kind="apu",
    vram_total_bytes=GIB // 2,
    pool_bytes=15 * GIB,
)
SMALL = GpuReading(
    pci="0000:03:00.0", name="AMD Radeon RX 6600", index=0, uuid="GPU-1111", vram_total_bytes=8 * GIB
)
BIG = GpuReading(
    pci="0000:0a:00.0", name="AMD Radeon RX 7900 XTX", index=1, uuid="GPU-2222", vram_total_bytes=24 * GIB
)
ALL = (SMALL, BIG, IGPU)

ROCM = ServerBuild(backend="ROCm", options={"--device": 1, "-dev": 1})
VULKAN_DEVICES = (
    Device("Vulkan0", "AMD Radeon Graphics (RADV PHOENIX)", 15360),
    Device("Vulkan1", "AMD Radeon RX 7900 XTX (RADV NAVI31)", 24576),
    Device("Vulkan2", "AMD Radeon RX 6600 (RADV NAVI23)", 8176),
)
VULKAN = ServerBuild(backend="Vulkan", options={"--device": 1, "-dev": 1}, devices=VULKAN_DEVICES)
OLD_VULKAN = ServerBuild(backend="Vulkan", options={"-c": 1}, devices=VULKAN_DEVICES)


def test_rocm_sees_the_biggest_card_by_its_uuid() -> None:
    mask = mask_gpus("auto", ALL, ROCM, {})
    assert mask.environment == {"ROCR_VISIBLE_DEVICES": "GPU-2222"}
    assert mask.shown == ("ROCR_VISIBLE_DEVICES=GPU-2222",)
    assert (mask.arguments, mask.visible, mask.expected) == ((), (BIG,), True)
    assert "(0000:0a:00.0) is chosen; hidden from llama-server: AMD Radeon RX 6600" in mask.notes[0]


@pytest.mark.parametrize("wish", ["0", "03:00.0", "0000:03:00.0", "GPU-1111", "gpu-1111"])
def test_a_card_by_any_of_its_names(wish: str) -> None:
    assert mask_gpus(wish, ALL, ROCM, {}).environment == {"ROCR_VISIBLE_DEVICES": "GPU-1111"}


def test_vulkan_is_told_the_device_of_its_own_list() -> None:
    assert mask_gpus("auto", ALL, VULKAN, {}).arguments == ("--device", "Vulkan1")
    assert mask_gpus("0", ALL, VULKAN, {}).arguments == ("--device", "Vulkan2")
    old = mask_gpus("auto", ALL, OLD_VULKAN, {})
    assert (old.arguments, old.environment) == ((), {"GGML_VK_VISIBLE_DEVICES": "1"})


def test_an_integrated_gpu_alone_is_used() -> None:
    mask = mask_gpus("auto", (IGPU,), ROCM, {})
    assert (mask.environment, mask.arguments, mask.visible, mask.expected) == ({}, (), (IGPU,), True)


def test_an_integrated_gpu_chosen_by_hand_has_no_uuid() -> None:
    devices = (
        Device("ROCm0", "AMD Radeon RX 7900 XTX", 24560),
        Device("ROCm1", "AMD Radeon Graphics", 15300),
    )
    build = ServerBuild(backend="ROCm", devices=devices)
    assert mask_gpus("2", (BIG, IGPU), build, {}).environment == {"HIP_VISIBLE_DEVICES": "1"}


def test_cards_that_cannot_be_told_apart_stay_visible() -> None:
    twins = (Device("Vulkan0", "AMD Radeon RX 6600", 8176), Device("Vulkan1", "AMD Radeon RX 6600", 8176))
    build = ServerBuild(backend="Vulkan", options={"--device": 1}, devices=twins)
    other = GpuReading(pci="0000:04:00.0", name="AMD Radeon RX 6600", index=1, vram_total_bytes=8 * GIB)
    mask = mask_gpus("auto", (SMALL, other), build, {})
    assert (mask.arguments, mask.environment) == ((), {})
    assert "cannot be told" in mask.notes[0]


def test_a_variable_of_the_user_wins_and_is_shown() -> None:
    mask = mask_gpus("0", ALL, ROCM, {"HIP_VISIBLE_DEVICES": "1"})
    assert (mask.environment, mask.arguments) == ({}, ())
    assert mask.shown == ("HIP_VISIBLE_DEVICES=1",)
    assert mask.notes == ("HIP_VISIBLE_DEVICES=1 of your shell decides which GPU is used",)


def test_a_device_option_of_the_user_wins() -> None:
    mask = mask_gpus("auto", ALL, ROCM, {}, ("-dev", "ROCm1"))
    assert (mask.environment, mask.arguments) == ({}, ())


def test_all_none_and_no_such_card() -> None:
    assert mask_gpus("all", ALL, ROCM, {}).environment == {}
    none = mask_gpus("none", ALL, ROCM, {})
    assert (none.arguments, none.expected) == (("--device", "none"), False)
    assert mask_gpus("none", ALL, ServerBuild(), {}).arguments == ("-ngl", "0")
    with pytest.raises(UsageError, match="there is no GPU '7'") as caught:
        mask_gpus("7", ALL, ROCM, {})
    assert caught.value.remedy is not None
    assert "1: AMD Radeon RX 7900 XTX at 0000:0a:00.0" in caught.value.remedy


def test_a_build_without_gpu_support_says_so() -> None:
    mask = mask_gpus("auto", ALL, ServerBuild(backend="CPU", devices=()), {})
    assert (mask.expected, mask.environment) == (False, {})
    assert mask.notes == ("this llama-server is built without GPU support",)


def test_no_gpu_at_all_is_calm() -> None:
    mask = mask_gpus("auto", (), ROCM, {})
    assert (mask.notes, mask.expected) == ((), False)


PARTED = GpuReading(
    pci="0000:05:00.0",
    name="AMD Instinct MI300X",
    uuid="GPU-3333",
    vram_total_bytes=192 * GIB,
    rocm_indexes=tuple(range(8)),
    partition_bytes=(24 * GIB,) * 8,
)


def test_one_partition_of_a_card_by_rocms_own_count() -> None:
    mask = mask_gpus("0.3", (PARTED, BIG), ROCM, {})
    assert mask.environment == {"ROCR_VISIBLE_DEVICES": "3"}
    assert [gpu.chosen_partitions for gpu in mask.visible] == [(3,)]
    used = "GPU 0 AMD Instinct MI300X (0000:05:00.0) partition 3 is chosen"
    assert f"{used}; hidden from llama-server: other partitions, AMD Radeon RX 7900 XTX" in mask.notes[0]
    several = mask_gpus("0.6,0.2", (PARTED,), ROCM, {})
    assert several.environment == {"ROCR_VISIBLE_DEVICES": "2,6"}
    assert "partitions 2, 6 are chosen" in several.notes[0]
    assert mask_gpus("0,0.2", (PARTED,), ROCM, {}).visible == (PARTED,)


@pytest.mark.parametrize(("wish", "why"), [("0.8", "it has 8"), ("1.0", "not partitioned")])
def test_a_partition_that_is_not_there(wish: str, why: str) -> None:
    with pytest.raises(UsageError, match="has no partition") as caught:
        mask_gpus(wish, (PARTED, BIG), ROCM, {})
    assert why in (caught.value.remedy or "")


def test_a_partition_that_vulkan_cannot_tell_from_the_others() -> None:
    devices = tuple(Device(f"Vulkan{n}", "AMD Instinct MI300X", 24560) for n in range(8))
    build = ServerBuild(backend="Vulkan", options={"--device": 1}, devices=devices)
    mask = mask_gpus("0.3", (PARTED,), build, {})
    assert "cannot be told" in mask.notes[0]
    assert mask.visible == (PARTED,)
