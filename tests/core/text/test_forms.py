"""All text of figures."""

import pytest

from rocmtui.core.text import forms as text

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("write", "value", "written"),
    [
        (text.tps, None, "–"),
        (text.tps, 0.0, "0"),
        (text.tps, 0.5, "0.50"),
        (text.tps, 9.994, "9.99"),
        (text.tps, 9.996, "10.0"),
        (text.tps, 99.94, "99.9"),
        (text.tps, 99.96, "100"),
        (text.tps, 12_345.0, "12,345"),
        (text.tps, 24.0, "24"),
        (text.figure, 0.0421, "0.042"),
        (text.figure, -8.62, "−8.62"),
        (text.figure, -0.0001, "−0.0001"),
        (text.change, 0.0804, "+8.0 %"),
        (text.change, -0.086, "−8.6 %"),
        (text.difference, 12.34, "+12.3"),
        (text.mib, 9_770_000_000, "9,317"),
        (text.duration, 754, "12 min 34 s"),
        (text.quantization, "Q4_K - Medium", "Q4_K_M"),
        (text.quantization, "mostly F16", "F16"),
        (text.model_name, "/m/gemma-3-27b-it.gguf", "gemma-3-27b-it"),
        (text.model_name, "org/model", "org/model"),
        (text.ms, None, "–"),
        (text.ms, 0.4242, "0.42 ms"),
        (text.ms, 9.996, "10.0 ms"),
        (text.ms, 99.96, "100 ms"),
        (text.ms, 999.4, "999 ms"),
        (text.ms, 999.6, "1.00 s"),
        (text.ms, 12_340.0, "12.3 s"),
        (text.ms, 125_000.0, "2 m 05"),
        (text.ms_short, 0.42, "0.4ms"),
        (text.ms_short, 72.4, "72ms"),
        (text.ms_short, 1900.0, "1.9s"),
        (text.ms_tick, 0.5, "0.5"),
        (text.ms_tick, 500.0, "500"),
        (text.ms_tick, 20_000.0, "20s"),
        (text.count, None, "–"),
        (text.count, 9999, "9,999"),
        (text.count, 1_234_567, "1,234,567"),
        (text.short_count, 999.0, "999"),
        (text.short_count, 9_460.0, "9.5k"),
        (text.short_count, 12_300.0, "12k"),
        (text.scale, 2500.0, "2.5k"),
        (text.scale, 150.0, "150"),
        (text.gib, None, "–"),
        (text.gib, 21 << 30, "21.0"),
        (text.size, 512 << 20, "512 MiB"),
        (text.size, 3 << 30, "3.0 GiB"),
        (text.size, 900, "900 B"),
        (text.clock, None, "–"),
        (text.clock, 45_296 * SECOND, "12:34:56"),
        (text.seconds, 400_000_000, "0.4 s"),
        (text.seconds, 185 * SECOND, "3 m 05"),
        (text.percent, 97.6, "98 %"),
        (text.share, 0.042, "4.2 %"),
        (text.share, 0.0, "0 %"),
        (text.share, 0.02, "2 %"),
        (text.share, 0.0004, "0.04 %"),
        (text.watts, None, "–"),
        (text.celsius, 83.6, "84°"),
        (text.mhz, 2_482_000_000, "2,482"),
    ],
)
def test_each_unit_is_written_one_way(write, value: object, written: str) -> None:
    assert write(value) == written


def test_one_and_many() -> None:
    assert (text.plural(1, "worker"), text.plural(6, "worker")) == ("1 worker", "6 workers")
