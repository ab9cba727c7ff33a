"""The PCIe link is as wide as its narrowest hop; what a sleeping bridge answers is no width."""

from rocmtui.core.gpu.link import hop, narrowest


def test_the_narrowest_hop_counts() -> None:
    card = hop("card", "16.0 GT/s PCIe", 16)
    switch = hop("switch", "16.0 GT/s PCIe", 4)
    riser = hop("riser", "8.0 GT/s PCIe", 4)
    assert narrowest([card, switch]) is switch
    assert narrowest([card, switch, riser]) is riser
    assert narrowest([card, hop("gen2", "5.0 GT/s PCIe", 16)]) == hop("gen2", "5.0 GT/s PCIe", 16)
    assert narrowest([card, card]) is card


def test_what_is_no_link_is_left_out() -> None:
    asleep = hop("bridge", "Unknown", 63)
    assert (asleep.speed, asleep.width, asleep.bytes_per_s) == (None, None, None)
    card = hop("card", "32.0 GT/s PCIe", 8)
    assert narrowest([card, asleep]) is card
    assert narrowest([asleep, hop("half", None, 8)]) == hop("half", None, 8)
    assert narrowest([asleep]) is None
    assert narrowest([]) is None
