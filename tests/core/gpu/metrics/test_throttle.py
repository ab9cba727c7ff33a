"""A throttle bit counts only where other figures bear it out."""

from __future__ import annotations

from rocmtui.core.gpu.metrics.throttle import confirmed

CRITICAL = {"junction_c": 110.0, "memory_c": 108.0}


def test_idle_card_with_a_hot_bit_is_not_throttled() -> None:
    readings = {"busy_percent": 0.0, "power_watts": 1.0, "power_cap_watts": 95.0, "junction_c": 54.0}
    assert confirmed(("junction temperature",), readings, {"junction_c": 100.0}) == ()


def test_busy_card_near_critical_is() -> None:
    readings = {"busy_percent": 99.0, "power_watts": 250.0, "power_cap_watts": 339.0, "junction_c": 105.0}
    assert confirmed(("junction temperature", "power"), readings, CRITICAL) == ("junction temperature",)


def test_busy_but_cool_card_is_not() -> None:
    readings = {"busy_percent": 99.0, "power_watts": 250.0, "power_cap_watts": 339.0, "junction_c": 70.0}
    assert confirmed(("junction temperature",), readings, CRITICAL) == ()


def test_power_limit_counts_near_the_cap() -> None:
    readings = {"busy_percent": 99.0, "power_watts": 338.0, "power_cap_watts": 339.0}
    assert confirmed(("power",), readings, CRITICAL) == ("power",)


def test_phantom_busy_at_idle_power_is_no_load() -> None:
    readings = {"busy_percent": 100.0, "power_watts": 40.0, "power_cap_watts": 339.0}
    assert confirmed(("current",), readings, CRITICAL) == ()
