"""An awake card's sensors: hwmon (its folder's number changes with every boot) and gpu_metrics."""

from __future__ import annotations

import msgspec

from rocmtui.adapters.gpu.values import Values
from rocmtui.adapters.machine.small_file import FileReader, list_dir
from rocmtui.core.gpu.fields import FIELDS, believable, parse_int, parse_text
from rocmtui.core.gpu.metrics.table import GpuMetrics, parse_gpu_metrics
from rocmtui.core.gpu.metrics.throttle import confirmed, is_loaded

_TEMPERATURES = {"edge": "edge_c", "junction": "junction_c", "mem": "memory_c"}
_CLOCKS = {"sclk": "sclk_hz", "mclk": "mclk_hz"}
"""Labels to fields; a first sensor without a label is the first of them."""
MILLI, MICRO = 1000, 1_000_000
_HWMON: tuple[tuple[str, str, float], ...] = (
    ("power_watts", "power1_average", MICRO),
    ("power_watts", "power1_input", MICRO),
    ("power_now_watts", "power1_input", MICRO),
    ("power_cap_watts", "power1_cap", MICRO),
    ("fan_rpm", "fan1_input", 1),
    ("fan_percent", "pwm1", 255 / 100),
    ("voltage_mv", "in0_input", 1),
)
"""Field, file, and from the file's unit to the field's."""


class SensorFile(msgspec.Struct, frozen=True):
    """One file of a sensor."""

    field: str
    """Field of GpuReading."""
    path: str
    """Below the card's device folder."""
    source: str
    divisor: float = 1
    """From the file's unit to the field's."""


class Sensors(msgspec.Struct, frozen=True, kw_only=True):
    """The sensors of one card; the first file of a field that says something believable counts."""

    files: tuple[SensorFile, ...] = ()
    hwmon: str | None = None
    """Its hwmon folder, below the device's."""
    critical_c: dict[str, float] = msgspec.field(default_factory=dict)
    """Temperature field to its critical temperature."""
    has_fan: bool = True
    """False: nothing says it has one, so 0 RPM in the firmware's table is no fan at rest."""
    has_north_bridge: bool = False
    """It measures the voltage of a north bridge: only APUs do."""


class SensorReading(msgspec.Struct, frozen=True, kw_only=True):
    """What the sensors of one card said at one moment."""

    fields: dict[str, float] = msgspec.field(default_factory=dict)
    sources: dict[str, str] = msgspec.field(default_factory=dict)
    throttle: tuple[str, ...] = ()
    metrics: GpuMetrics | None = None


def read_sensors(
    reader: FileReader, device: str, sensors: Sensors, before: GpuMetrics | None = None
) -> SensorReading:
    """All sensors now: hwmon first, gpu_metrics where hwmon says nothing believable.

    `before`: the card's table of the last time, against which counters of held-back time are read.
    """
    values = Values(reader, device)
    for sensor in sensors.files:
        values.read(sensor.field, sensor.path, sensor.source, sensor.divisor)
    if values.sources.get("power_watts") != "hwmon power1_average":  # else both are one
        values.drop("power_now_watts")
    metrics = parse_gpu_metrics(reader.read(f"{device}/gpu_metrics") or b"")
    throttle: tuple[str, ...] = ()
    if metrics is not None:
        source = f"gpu_metrics v{metrics.version}"
        for field in FIELDS:
            values.take(field.name, metrics.figures.get(field.name), source)
        if not sensors.has_fan and values.fields.get("fan_rpm") == 0:
            values.drop("fan_rpm")
        throttle = confirmed(metrics.throttle, values.fields, sensors.critical_c)
        if is_loaded(values.fields):
            throttle = (*throttle, *metrics.held_back_since(before))
        if throttle:
            values.sources["throttle"] = source
    return SensorReading(fields=values.fields, sources=values.sources, throttle=throttle, metrics=metrics)


def find_sensors(reader: FileReader, device: str) -> Sensors:
    """Look through the card's hwmon folder. Only for a card that is awake."""
    there = list_dir(device)
    busy = tuple(file for file in _BUSY if file.path in there)
    folders = list_dir(f"{device}/hwmon")
    if not folders:
        return Sensors(files=busy, has_fan=False)
    path = f"hwmon/{folders[0]}"
    folder = f"{device}/{path}"
    names = list_dir(folder)
    temperatures = _labelled(reader, f"{folder}/temp", _TEMPERATURES)
    clocks = _labelled(reader, f"{folder}/freq", _CLOCKS)
    found = [
        *_HWMON,
        *((field, f"temp{number}_input", MILLI) for number, field in temperatures.items()),
        *((field, f"freq{number}_input", 1) for number, field in clocks.items()),
    ]
    critical_c = {}
    for number, field in temperatures.items():
        critical = parse_int(reader.read(f"{folder}/temp{number}_crit"))
        if critical is not None and believable(field, critical / MILLI):
            critical_c[field] = critical / MILLI
    sensors = (
        SensorFile(field, f"{path}/{file}", f"hwmon {file}", by) for field, file, by in found if file in names
    )
    return Sensors(
        files=(*busy, *sensors),
        hwmon=path,
        critical_c=critical_c,
        has_fan="fan1_input" in names and parse_int(reader.read(f"{folder}/fan1_max")) != 0,
        has_north_bridge=parse_text(reader.read(f"{folder}/in1_label"), 16) == "vddnb",
    )


def _labelled(reader: FileReader, path: str, fields: dict[str, str]) -> dict[int, str]:
    """Numbers of the sensors whose labels are known, and the fields they are for."""
    labels = {n: parse_text(reader.read(f"{path}{n}_label"), 16) for n in range(1, len(fields) + 1)}
    labels[1] = labels[1] or next(iter(fields))
    return {n: fields[label] for n, label in labels.items() if label in fields}


_BUSY = (
    SensorFile("busy_percent", "gpu_busy_percent", "sysfs gpu_busy_percent"),
    SensorFile("memory_busy_percent", "mem_busy_percent", "sysfs mem_busy_percent"),
    SensorFile("video_busy_percent", "vcn_busy_percent", "sysfs vcn_busy_percent"),
)
