"""When a card's throttle bits may be believed: an idle RX 7600S at 54 °C and 1 W reports one too."""

from __future__ import annotations

from collections.abc import Mapping

NEAR_CRITICAL_C = 12.0
NEAR_CAP = 0.9
LOADED_FRACTION_OF_CAP = 0.3
LOADED_BUSY_PERCENT = 50.0
_TEMPERATURES = {
    "edge temperature": ("edge_c",),
    "junction temperature": ("junction_c",),
    "memory temperature": ("memory_c",),
    "temperature": ("edge_c", "junction_c", "memory_c"),
}


def confirmed(
    reasons: tuple[str, ...], readings: Mapping[str, float | None], critical_c: Mapping[str, float]
) -> tuple[str, ...]:
    """The reasons that other figures of the same moment bear out.

    `readings` are fields of GpuReading, `critical_c` the critical temperature of each temperature
    field. A card under no load holds nothing back; a temperature counts within 12 °C of critical,
    a power limit from 90 % of the cap.
    """
    if not is_loaded(readings):
        return ()
    of_cap = _of_cap(readings)

    def borne_out(reason: str) -> bool:
        if reason == "power":
            return of_cap is not None and of_cap >= NEAR_CAP
        if reason not in _TEMPERATURES:
            return True
        return any(
            (value := readings.get(field)) is not None
            and field in critical_c
            and critical_c[field] - value <= NEAR_CRITICAL_C
            for field in _TEMPERATURES[reason]
        )

    return tuple(filter(borne_out, reasons))


def is_loaded(readings: Mapping[str, float | None]) -> bool:
    """Whether the card works: a card under no load holds nothing back."""
    of_cap = _of_cap(readings)
    busy = readings.get("busy_percent") or 0.0
    return busy >= LOADED_BUSY_PERCENT and (of_cap is None or of_cap >= LOADED_FRACTION_OF_CAP)


def _of_cap(readings: Mapping[str, float | None]) -> float | None:
    power, cap = readings.get("power_watts"), readings.get("power_cap_watts")
    return power / cap if power is not None and cap else None
