"""Who can use a card at all, and which is taken where the user left it open."""

import msgspec
import pytest

from rocmtui.core.gpu.choice.mask import mask_gpus
from rocmtui.core.gpu.choice.pick import choose
from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.server.build import ServerBuild
from rocmtui.errors import UsageError

GIB = 1 << 30
CARD = GpuReading(
    pci="0000:03:00.0",
    name="RX 7900 XTX",
    index=0,
    uuid="GPU-1",
    driver="amdgpu",
    access="yes",
    render_node="renderD128",
    rocm_indexes=(0,),
    vram_total_bytes=24 * GIB,
    vram_used_bytes=GIB,
)
TWIN = msgspec.structs.replace(CARD, pci="0000:0a:00.0", index=1, uuid="GPU-2", rocm_indexes=(1,))
OLD = msgspec.structs.replace(
    CARD, name="RX 580", uuid=None, vram_total_bytes=8 * GIB, rocm_indexes=(), pci="0000:09:00.0", index=0
)
HALO = GpuReading(
    pci="0000:c5:00.0",
    name="Radeon 8060S",
    index=1,
    kind="apu",
    gfx="gfx1151",
    pool="gtt",
    vram_total_bytes=GIB // 2,
    pool_bytes=120 * GIB,
    rocm_indexes=(0,),
)


@pytest.mark.parametrize(
    ("changes", "backend", "reason"),
    [
        ({"access": "missing"}, None, "its render node /dev/dri/renderD128 is not here"),
        ({"access": "denied"}, "Vulkan", "may not be opened by this user"),
        ({"driver": "radeon"}, None, "its driver is radeon"),
        ({"rocm_indexes": ()}, "ROCm", "ROCm does not know it"),
    ],
)
def test_a_card_that_cannot_be_used_is_passed_over_and_named(
    changes: dict[str, object], backend: str | None, reason: str
) -> None:
    choice = choose("auto", (msgspec.structs.replace(CARD, **changes), TWIN), backend)
    assert choice.gpus == (TWIN,)
    (note,) = choice.notes
    assert note.startswith("RX 7900 XTX (0000:03:00.0) cannot be used: ")
    assert reason in note


def test_what_was_not_looked_at_is_no_hindrance() -> None:
    unknown = msgspec.structs.replace(CARD, access=None, driver=None, rocm_indexes=None)
    assert choose("auto", (unknown,), "ROCm").gpus == (unknown,)
    without_kfd = msgspec.structs.replace(CARD, rocm_indexes=())
    assert choose("auto", (without_kfd,), "Vulkan").gpus == (without_kfd,)


def test_a_server_is_never_masked_to_a_card_it_cannot_open() -> None:
    closed = msgspec.structs.replace(CARD, access="missing")
    mask = mask_gpus("auto", (closed, TWIN), ServerBuild(backend="ROCm"), {})
    assert (mask.environment, mask.visible) == ({"ROCR_VISIBLE_DEVICES": "GPU-2"}, (TWIN,))
    alone = mask_gpus("auto", (closed,), ServerBuild(backend="ROCm"), {})
    assert (alone.environment, alone.visible) == ({}, ())
    assert alone.expected, "a server on the CPU beside a card is worth a warning"
    assert "cannot be used" in alone.notes[0]


def test_a_big_apu_wins_over_a_small_card_and_the_doubt_is_told() -> None:
    choice = choose("auto", (OLD, HALO), "Vulkan")
    assert choice.gpus == (HALO,)
    assert choice.doubt is not None
    assert "GPU 1 Radeon 8060S (120.0 GiB) rather than GPU 0 RX 580 (8.0 GiB)" in choice.doubt
    assert "--gpu 0 takes the card" in choice.doubt
    by_rocm = choose("auto", (OLD, HALO), "ROCm")
    assert (by_rocm.gpus, by_rocm.doubt) == ((HALO,), None)


@pytest.mark.parametrize(
    "changes",
    [
        {"pool_bytes": 31 * GIB},
        {"pool_bytes": 96 * GIB, "gfx": "gfx1036"},
    ],
    ids=["hardly larger", "draws a desktop"],
)
def test_an_apu_that_is_little_better_leaves_the_card_its_place(changes: dict[str, object]) -> None:
    choice = choose("auto", (CARD, msgspec.structs.replace(HALO, **changes)), "ROCm")
    assert (choice.gpus, choice.doubt) == ((CARD,), None)


def test_of_equal_cards_the_emptier_one() -> None:
    full = msgspec.structs.replace(CARD, vram_used_bytes=10 * GIB)
    assert choose("auto", (full, TWIN)).gpus == (TWIN,)
    hardly_used = msgspec.structs.replace(CARD, vram_used_bytes=GIB + 4096)
    assert choose("auto", (hardly_used, TWIN)).gpus == (hardly_used,)


def test_lists_and_all_mean_all_of_them() -> None:
    third = msgspec.structs.replace(CARD, pci="0000:0b:00.0", index=2, uuid="GPU-3")
    gpus = (CARD, TWIN, third)
    assert choose("2,0", gpus).gpus == (CARD, third)
    assert choose("all", (msgspec.structs.replace(CARD, access="denied"), TWIN, third)).gpus == (TWIN, third)
    mask = mask_gpus("0, GPU-3", gpus, ServerBuild(backend="ROCm"), {})
    assert mask.environment == {"ROCR_VISIBLE_DEVICES": "GPU-1,GPU-3"}
    assert "are chosen; hidden from llama-server: RX 7900 XTX (0000:0a:00.0)" in mask.notes[0]
    with pytest.raises(UsageError, match="there is no GPU '7'"):
        choose("0,7", gpus)


def test_partitions_share_a_uuid_and_are_named_by_number() -> None:
    parted = msgspec.structs.replace(CARD, rocm_indexes=(0, 1, 2), partition_bytes=(8, 8, 8))
    whole = msgspec.structs.replace(TWIN, rocm_indexes=(3,))
    build = ServerBuild(backend="ROCm")
    assert mask_gpus("0", (parted, whole), build, {}).environment == {"ROCR_VISIBLE_DEVICES": "0,1,2"}
    assert mask_gpus("1", (parted, whole), build, {}).environment == {"ROCR_VISIBLE_DEVICES": "GPU-2"}
    nameless = msgspec.structs.replace(parted, rocm_indexes=None, uuid=None)
    mask = mask_gpus("0", (nameless, whole), build, {})
    assert (mask.environment, mask.visible) == ({}, (nameless, whole))
    assert "cannot be told from the others" in mask.notes[0]
