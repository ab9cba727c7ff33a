"""How `rocmtui gpus` prints a sample: a block a card, within 80 columns, and the source of each field."""

from __future__ import annotations

from collections.abc import Iterator

from rocmtui.cli.output.face import Face
from rocmtui.core.gpu.details import calm_details, details
from rocmtui.core.gpu.fields import FIELDS
from rocmtui.core.gpu.memory.room import pool_used_bytes
from rocmtui.core.gpu.reading import GpuReading, GpuSample
from rocmtui.core.text import forms as text
from rocmtui.core.text.sanitize import clean_line
from rocmtui.core.text.tables import Column, Table

GIB = 1 << 30
BAR = 24
MAX_USERS = 4
_SMALL_WINDOW = 256 << 20
_TEXTS = (
    ("name", "name"),
    ("gfx", "gfx target"),
    ("uuid", "ROCm UUID"),
    ("card", "kernel's card"),
    ("render_node", "render node"),
    ("driver", "driver"),
    ("runtime_status", "power state"),
    ("link_speed", "PCIe speed"),
    ("link_max_speed", "PCIe speed at most"),
    ("link_narrowed_at", "PCIe narrowed at"),
    ("access", "render node may be opened"),
    ("compute_partition", "compute partition"),
    ("memory_partition", "memory partition"),
)


_EXPLAINED = (Column("field"), Column("value", least=20, wrap=True), Column("source", least=20, wrap=True))


def sample_text(sample: GpuSample, *, everything: bool = False) -> str:
    """All cards and notes; ends with a newline. `everything`: also what is normal and asked for seldom."""
    more = details if everything else calm_details
    blocks = ["\n".join([*_card(sample, gpu), *more(gpu)]) for gpu in sample.gpus]
    notes = "\n".join(clean_line(note, 400) for note in sample.notes)
    return "\n\n".join(part for part in (*blocks, notes) if part) + "\n"


def explain_text(sample: GpuSample, face: Face) -> str:
    """Every field of every card with its value and where that came from; ends with a newline."""
    parts = []
    for gpu in sample.gpus:
        rows = [(title, _value(gpu, name), _source(gpu, name)) for name, title in _TEXTS]
        rows += [
            (field.title, _figure(getattr(gpu, field.name), field.unit), _source(gpu, field.name))
            for field in FIELDS
        ]
        held_back = ", ".join(gpu.throttle) or text.DASH
        rows.append(("held back by", held_back, gpu.sources.get("throttle", "not told")))
        head = f"{gpu.index}  {clean_line(gpu.name, 60)}  {gpu.pci}"
        parts.append(f"{head}\n{face.table(Table(_EXPLAINED, rows))}")
    notes = "\n".join(clean_line(note, 400) for note in sample.notes)
    return "\n\n".join(part for part in (*parts, notes) if part) + "\n"


def _card(sample: GpuSample, gpu: GpuReading) -> Iterator[str]:
    facts = [gpu.gfx, gpu.pci, "APU" if gpu.kind == "apu" else None]
    yield "  ".join([str(gpu.index), clean_line(gpu.name, 50), *(fact for fact in facts if fact)])
    yield from _memory(gpu)
    if gpu.runtime_status == "suspended":
        yield "   asleep: it is not woken for its sensors"
        return
    yield _joined(
        f"power {_power(gpu)}",
        _known("busy", text.percent(gpu.busy_percent), gpu.busy_percent),
        _known("edge", f"{text.celsius(gpu.edge_c)}C", gpu.edge_c),
        _known("junction", f"{text.celsius(gpu.junction_c)}C", gpu.junction_c),
        _known("memory", f"{text.celsius(gpu.memory_c)}C", gpu.memory_c),
    )
    clocks = _joined(
        _known("core", f"{text.mhz(gpu.sclk_hz)} MHz", gpu.sclk_hz),
        _known("memory", f"{text.mhz(gpu.mclk_hz)} MHz", gpu.mclk_hz),
        _known("fan", f"{gpu.fan_rpm} RPM", gpu.fan_rpm),
        _link(gpu),
    )
    if clocks.strip():
        yield clocks
    if gpu.throttle:
        yield f"   held back by {', '.join(gpu.throttle)}"
    yield from _users(sample, gpu)
    yield from (f"   {clean_line(partition)}" for partition in gpu.partitions)
    if gpu.visible_vram_total_bytes and gpu.kind == "discrete" and _has_small_window(gpu):
        window = text.size(gpu.visible_vram_total_bytes)
        yield f"   no resizable BAR: the CPU reaches {window} of VRAM at once, so models load slowly"


def _link(gpu: GpuReading) -> str:
    """What runs now, and where lanes are lost that the card has."""
    speed = clean_line(gpu.link_speed.removesuffix(" PCIe"), 20) if gpu.link_speed else ""
    width = f"x{gpu.link_width}" if gpu.link_width else ""
    words = " ".join(part for part in (speed, width) if part)
    if not words:
        return ""
    return f"PCIe {words}" + (
        f", narrowed at {clean_line(gpu.link_narrowed_at)}" if gpu.link_narrowed_at else ""
    )


def _memory(gpu: GpuReading) -> Iterator[str]:
    vram, gtt = (gpu.vram_used_bytes, gpu.vram_total_bytes), (gpu.gtt_used_bytes, gpu.gtt_total_bytes)
    if gpu.kind == "discrete":
        yield _bar("VRAM", *vram)
        yield _bar("GTT", *gtt)
    elif gpu.pool == "gtt":
        yield _bar("system", pool_used_bytes(gpu), gpu.pool_bytes, "  ROCm allocates here")
        if not gpu.is_unified:
            yield _bar("carved", *vram, "  set in the BIOS")
    else:
        yield _bar("carved", vram[0], gpu.pool_bytes, "  ROCm allocates here")
        yield _bar("system", *gtt)


def _bar(label: str, used: int | None, total: int | None, remark: str = "") -> str:
    amounts = f"{text.gib(used)}/{text.gib(total)}"
    if used is None or not total:
        return f"   {label:<6} {amounts:>11} GiB{remark}"
    share = min(used / total, 1.0)
    full = round(share * BAR)
    bar = "█" * full + "░" * (BAR - full)
    return f"   {label:<6} {amounts:>11} GiB  {bar} {text.percent(share * 100):>5}{remark}"


def _power(gpu: GpuReading) -> str:
    cap = f"/{text.watts(gpu.power_cap_watts)}" if gpu.power_cap_watts is not None else ""
    return f"{text.watts(gpu.power_watts)}{cap} W"


def _users(sample: GpuSample, gpu: GpuReading) -> Iterator[str]:
    held = []
    for user in sample.users:
        if user.pci != gpu.pci:
            continue
        amounts = [
            f"{text.size(size)} {where}"
            for size, where in ((user.vram_bytes, "VRAM"), (user.gtt_bytes, "GTT"))
            if size
        ]
        shares = ((user.gfx_percent, "gfx"), (user.compute_percent, "compute"), (user.video_percent, "video"))
        busy = [f"{name} {text.percent(share)}" for share, name in shares if share is not None and share >= 1]
        if amounts:
            uses = ", ".join([f"holds {' + '.join(amounts)}", *busy])
            held.append(f"   {clean_line(user.name, 32)} ({user.pid}) {uses}")
    yield from held[:MAX_USERS]
    if len(held) > MAX_USERS:
        yield f"   and {len(held) - MAX_USERS} more"


def _has_small_window(gpu: GpuReading) -> bool:
    return gpu.visible_vram_total_bytes == _SMALL_WINDOW and (gpu.vram_total_bytes or 0) > _SMALL_WINDOW


def _known(label: str, shown: str, value: object) -> str:
    return f"{label} {shown}" if value is not None else ""


def _joined(*parts: str) -> str:
    return "   " + "   ".join(part for part in parts if part)


def _value(gpu: GpuReading, name: str) -> str:
    value = getattr(gpu, name)
    return text.DASH if value is None else clean_line(str(value), 60)


def _source(gpu: GpuReading, name: str) -> str:
    if name in gpu.sources:
        return gpu.sources[name]
    asleep = gpu.runtime_status == "suspended"
    return "sysfs" if _value(gpu, name) != text.DASH else "not asked: asleep" if asleep else "not told"


def _figure(value: float | None, unit: str) -> str:
    if value is None:
        return text.DASH
    if unit == "bytes":
        return f"{value} ({text.size(int(value))})"
    return f"{value:g} {unit}" if isinstance(value, float) else f"{value} {unit}"
