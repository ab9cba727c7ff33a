"""Sizes as people write them."""

import pytest

from rocmtui.core.text import forms
from rocmtui.core.text.sizes import parse_size
from rocmtui.errors import UsageError


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("24GiB", 24 << 30),
        ("24g", 24 << 30),
        (" 1.5 GiB ", 3 << 29),
        ("24GB", 24 * 10**9),
        ("512 MiB", 1 << 29),
        ("1048576", 1 << 20),
        ("24B", 24),
        ("2TiB", 2 << 40),
    ],
)
def test_sizes_are_read(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "much", "-1GiB", "1PiB", "1e9", "1 2"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no size"):
        parse_size(text)


def test_a_small_number_without_a_unit_is_refused() -> None:
    with pytest.raises(UsageError, match="24 has no unit") as caught:
        parse_size("24")
    assert caught.value.remedy == "say 24GiB"


def test_sizes_are_written() -> None:
    written = [forms.size(size) for size in (None, 7, 2048, 5 << 20, (1 << 30) - 1, 24 << 30, 3 << 40)]
    assert written == ["–", "7 B", "2 KiB", "5 MiB", "1.0 GiB", "24.0 GiB", "3.0 TiB"]


def test_parameters_are_written_as_model_cards_do() -> None:
    counts = (None, 12, 491_136, 268_098_176, 999_600_000, 7_240_000_000, 671_000_000_000)
    assert [forms.params(count) for count in counts] == ["–", "12", "491K", "268M", "1.0B", "7.2B", "671B"]


def test_contexts_are_written() -> None:
    assert [forms.context(ctx) for ctx in (None, 512, 1000, 8192, 131_072, 1 << 20)] == [
        "–",
        "512",
        "1,000",
        "8k",
        "128k",
        "1M",
    ]
