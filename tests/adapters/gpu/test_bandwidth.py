"""The bandwidth of recorded cards: by the maker and the clock that is allowed, or not known at all."""

from pathlib import Path

import msgspec
import pytest

from rocmtui.adapters.gpu.bandwidth import bandwidth_of
from rocmtui.adapters.gpu.sysfs import read_gpus
from tests.fakes.gpu_tree import recorded_sys, write_card

CARDS = [
    ("rx7900xtx", "AMD Radeon RX 7900 XTX", 960, "maker's figure, 960 GB/s"),
    ("rx9070xt", "AMD Radeon RX 9070 XT", 640, "maker's figure, 640 GB/s"),
    ("rx7800xt", "AMD Radeon RX 7800 XT", 624, "maker's figure, 624 GB/s"),
    ("rx7700s", "AMD Radeon RX 7700S", 288, "maker's figure, 288 GB/s"),
    ("rx7600s", "AMD Radeon RX 7600S", 256, "maker's figure, 256 GB/s"),
    ("rx6900xt", None, 512, "maker's figure, 512 GB/s"),
    ("rx6600xt", "AMD Radeon RX 6600 XT", 224, "its memory clock held at 875 of 1,000 MHz"),
    ("rx6600", "AMD Radeon RX 6600", 237, "its memory clock raised from 875 to 925 MHz"),
    ("rx5700xt", "AMD Radeon RX 5700 XT", 448, "maker's figure, 448 GB/s"),
    ("rx5500xt", "AMD Radeon RX 5500 XT", 224, "maker's figure, 224 GB/s"),
    ("rx580", None, 224, "its memory clock held at 1,750 of 2,000 MHz"),
    ("procfs-vega64", None, None, ""),
    ("r9-280", None, None, ""),
    ("r7-240", None, None, ""),
    ("hd7870", None, None, ""),
    ("phoenix", None, None, ""),
    ("vangogh", None, None, ""),
]
"""Recording, the name by its revision where that was not recorded, GB/s, the end of its source."""


@pytest.mark.parametrize(("card", "name", "gb_per_s", "source"), CARDS)
def test_recorded_cards(
    card: str, name: str | None, gb_per_s: int | None, source: str, tmp_path: Path
) -> None:
    root = recorded_sys(tmp_path, card)
    (gpu,) = read_gpus(root)
    found = bandwidth_of(msgspec.structs.replace(gpu, name=name or gpu.name), root, str(tmp_path / "dev"))
    assert (round(found.bytes_per_s / 1e9) if found else None) == gb_per_s
    assert found is None or found.source.endswith(source)


def test_a_card_that_sleeps_is_not_asked(tmp_path: Path) -> None:
    device = write_card(tmp_path, revision="0xc8\n", pp_dpm_mclk="0: 96Mhz\n1: 456Mhz *\n")
    (gpu,) = read_gpus(str(tmp_path))
    awake = bandwidth_of(gpu, str(tmp_path), str(tmp_path))
    assert awake is not None
    assert awake.source.endswith("held at 456 of 1,249 MHz")
    assert (device / "pp_dpm_mclk").is_file()
    asleep = bandwidth_of(msgspec.structs.replace(gpu, runtime_status="suspended"), str(tmp_path))
    assert asleep is not None
    assert asleep.bytes_per_s == 960e9
