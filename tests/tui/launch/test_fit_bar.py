from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from rocmtui.core.session.launch import MemoryFit
from rocmtui.tui.draw.plain_glyphs import to_ascii
from rocmtui.tui.launch.fit_bar import Run, drawn, layout, legend, scale

GIB = 1 << 30
FIT = MemoryFit(
    device="GPU0",
    total_bytes=24 * GIB,
    weights_bytes=12 * GIB,
    kv_per_slot_bytes=2 * GIB,
    slots=3,
    compute_bytes=GIB,
    other_bytes=GIB,
    max_slots=5,
)
SIZES = st.integers(0, 400 * GIB)
replace = msgspec.structs.replace


def bar_text(fit: MemoryFit, width: int) -> str:
    return "".join(drawn(run) for run in layout(fit, width))


def test_weights_compute_others_slots_free():
    assert bar_text(FIT, 48) == "████████████████████████▚▚▒▒▓▓▓┃▓▓▓┃▓▓▓┃░░░░░░░░"


def test_ascii_where_blocks_cannot_be_shown():
    assert to_ascii(bar_text(FIT, 48)) == "########################&&::%%%|%%%|%%%|........"
    assert to_ascii(bar_text(replace(FIT, slots=7), 28)).endswith("XXXX")


def test_slots_that_do_not_fit_are_crossed():
    bar = bar_text(replace(FIT, slots=7), 28)
    assert bar == "████████████▚▒▓┃▓┃▓┃▓┃▓┃╳╳╳╳"


def test_the_scale_has_round_amounts_and_the_devices_end():
    assert scale(FIT, 48) == "0       4       8       12      16     24.0 GiB╎"
    assert scale(replace(FIT, slots=7), 56) == f"{scale(FIT, 48)}        "


def test_slots_too_thin_to_see_are_drawn_as_one():
    assert layout(replace(FIT, kv_per_slot_bytes=GIB // 4, slots=16), 24) == [
        Run("weights", 12),
        Run("compute", 1),
        Run("others", 1),
        Run("kv", 4),
        Run("free", 6),
    ]


def test_the_legend_says_what_is_too_much():
    assert legend(replace(FIT, slots=7)) == [
        ("weights", "12.0 GiB"),
        ("compute", "1.0 GiB"),
        ("others", "1.0 GiB"),
        ("kv", "7 × 2.0 GiB"),
        ("over", "4.0 GiB"),
    ]


@given(SIZES, SIZES, SIZES, SIZES, SIZES, st.integers(0, 256), st.integers(1, 300))
def test_any_sizes_fill_the_width_exactly(
    total: int, weights: int, kv: int, compute: int, others: int, slots: int, width: int
):
    fit = MemoryFit(
        device="GPU0",
        total_bytes=total,
        weights_bytes=weights,
        kv_per_slot_bytes=kv,
        slots=slots,
        compute_bytes=compute,
        other_bytes=others,
    )
    assert len(bar_text(fit, width)) == width
    assert ("╳" in bar_text(fit, 4000)) <= (not fit.fits)
