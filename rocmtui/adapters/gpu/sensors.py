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
MILLI, MICRO = 1000, 1_000_000


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
    files = [
        *busy,
        SensorFile("power_watts", f"{path}/power1_average", "hwmon power1_average", MICRO),
        SensorFile("power_watts", f"{path}/power1_input", "hwmon power1_input", MICRO),
        SensorFile("power_now_watts", f"{path}/power1_input", "hwmon power1_input", MICRO),
        SensorFile("power_cap_watts", f"{path}/power1_cap", "hwmon power1_cap", MICRO),
        SensorFile("fan_rpm", f"{path}/fan1_input", "hwmon fan1_input"),
        SensorFile("fan_percent", f"{path}/pwm1", "hwmon pwm1", 255 / 100),
        SensorFile("voltage_mv", f"{path}/in0_input", "hwmon in0_input"),
    ]
    critical_c = {}
    for number in range(1, 4):
        label = parse_text(reader.read(f"{device}/{path}/temp{number}_label"), 16)
        field = _TEMPERATURES.get(label or ("edge" if number == 1 else ""))
        if field is None:
            continue
        files.append(SensorFile(field, f"{path}/temp{number}_input", f"hwmon temp{number}_input", MILLI))
        critical = parse_int(reader.read(f"{device}/{path}/temp{number}_crit"))
        if critical is not None and believable(field, critical / MILLI):
            critical_c[field] = critical / MILLI
    for number in (1, 2):
        label = parse_text(reader.read(f"{device}/{path}/freq{number}_label"), 16)
        field = _CLOCKS.get(label or ("sclk" if number == 1 else ""))
        if field is not None:
            files.append(SensorFile(field, f"{path}/freq{number}_input", f"hwmon freq{number}_input"))
    north_bridge = parse_text(reader.read(f"{device}/{path}/in1_label"), 16) == "vddnb"
    names = list_dir(f"{device}/{path}")
    has_fan = "fan1_input" in names and parse_int(reader.read(f"{device}/{path}/fan1_max")) != 0
    return Sensors(
        files=tuple(file for file in files if file in busy or file.path.rpartition("/")[2] in names),
        hwmon=path,
        critical_c=critical_c,
        has_fan=has_fan,
        has_north_bridge=north_bridge,
    )


_BUSY = (
    SensorFile("busy_percent", "gpu_busy_percent", "sysfs gpu_busy_percent"),
    SensorFile("memory_busy_percent", "mem_busy_percent", "sysfs mem_busy_percent"),
    SensorFile("video_busy_percent", "vcn_busy_percent", "sysfs vcn_busy_percent"),
)
