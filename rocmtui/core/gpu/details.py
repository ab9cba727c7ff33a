"""What of a card is normal and shown only when asked for, in lines; and of it what is never normal."""

from __future__ import annotations

from collections.abc import Iterator

from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.text import forms as text

GIGABYTE = 1_000_000_000


def details(gpu: GpuReading) -> list[str]:
    """Every line that has something in it."""
    return [f"   {line}" for line in (*_lines(gpu), *_errors(gpu)) if line]


def calm_details(gpu: GpuReading) -> list[str]:
    """Errors that were not corrected: no card has those when all is well."""
    return [f"   {line}" for line in _errors(gpu)] if gpu.errors_uncorrected else []


def _lines(gpu: GpuReading) -> Iterator[str]:
    whole_chip = ", whole chip" if gpu.kind == "apu" else ""
    link_speed = (gpu.link_max_speed or "").removesuffix(" PCIe")
    yield _joined(
        f"power{whole_chip}",
        ("all", gpu.power_watts if whole_chip else None, f"{text.watts(gpu.power_watts)} W"),
        ("now", gpu.power_now_watts, f"{text.watts(gpu.power_now_watts)} W"),
        ("GPU", gpu.gfx_watts, f"{text.watts(gpu.gfx_watts)} W"),
        ("CPU", gpu.cpu_watts, f"{text.watts(gpu.cpu_watts)} W"),
        ("cap from", gpu.power_cap_min_watts, f"{text.watts(gpu.power_cap_min_watts)} W"),
        ("to", gpu.power_cap_max_watts, f"{text.watts(gpu.power_cap_max_watts)} W"),
        ("default", gpu.power_cap_default_watts, f"{text.watts(gpu.power_cap_default_watts)} W"),
    )
    yield _joined(
        "limits",
        ("edge", gpu.edge_limit_c, f"{text.celsius(gpu.edge_limit_c)}C"),
        ("junction", gpu.junction_limit_c, f"{text.celsius(gpu.junction_limit_c)}C"),
        ("memory", gpu.memory_limit_c, f"{text.celsius(gpu.memory_limit_c)}C"),
        ("fan", gpu.fan_max_rpm, f"{gpu.fan_max_rpm} RPM"),
    )
    yield _joined(
        "also",
        ("voltage", gpu.voltage_mv, f"{text.figure(gpu.voltage_mv)} mV"),
        ("fan", gpu.fan_percent, text.percent(gpu.fan_percent)),
        ("video", gpu.video_busy_percent, text.percent(gpu.video_busy_percent)),
        ("PCIe carries", gpu.link_bytes_per_s, _rate(gpu.link_bytes_per_s)),
        ("PCIe at most", gpu.link_max_width, f"{link_speed} x{gpu.link_max_width}"),
    )
    yield _joined(
        f"memory{whole_chip}",
        ("read", gpu.dram_read_bytes_per_s, _rate(gpu.dram_read_bytes_per_s)),
        ("written", gpu.dram_write_bytes_per_s, _rate(gpu.dram_write_bytes_per_s)),
        ("at most", gpu.max_bandwidth_bytes_per_s, _rate(gpu.max_bandwidth_bytes_per_s)),
    )
    yield _joined(
        "partitions",
        ("compute", gpu.compute_partition, gpu.compute_partition or ""),
        ("memory", gpu.memory_partition, gpu.memory_partition or ""),
    )


def _errors(gpu: GpuReading) -> Iterator[str]:
    yield _joined(
        "errors",
        ("not corrected", gpu.errors_uncorrected, f"{gpu.errors_uncorrected}"),
        ("corrected", gpu.errors_corrected, f"{gpu.errors_corrected}"),
    )


def _joined(label: str, *parts: tuple[str, object, str]) -> str:
    known = [f"{name} {shown}" for name, value, shown in parts if value is not None]
    return f"{label}: {'   '.join(known)}" if known else ""


def _rate(value: float | None) -> str:
    return f"{text.figure((value or 0) / GIGABYTE)} GB/s"
