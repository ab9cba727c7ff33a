"""What is known of the AMD GPUs of this machine. None: not known; never 0 instead."""

from __future__ import annotations

from typing import Literal

import msgspec

from rocmtui.core.host.sample import HostSample

GpuKind = Literal["discrete", "apu"]


class GpuReading(msgspec.Struct, frozen=True, kw_only=True):
    """One card at one moment; the JSON of `rocmtui gpus`."""

    pci: str
    name: str
    index: int = 0
    """Position among AMD cards, by PCI address."""
    gfx: str | None = None
    kind: GpuKind = "discrete"
    uuid: str | None = None
    """ROCm's `GPU-<16 hex>`."""
    card: str | None = None
    """`card0` ..."""
    render_node: str | None = None
    vram_total_bytes: int | None = None
    vram_used_bytes: int | None = None
    visible_vram_total_bytes: int | None = None
    visible_vram_used_bytes: int | None = None
    gtt_total_bytes: int | None = None
    gtt_used_bytes: int | None = None
    pool_bytes: int | None = None
    """What ROCm allocates from: VRAM of a card, the KFD heap of an APU."""
    pool_used_bytes: int | None = None
    pool: Literal["vram", "gtt"] = "vram"
    is_unified: bool = False
    """VRAM and GTT are two names of one memory (MI300A)."""
    power_watts: float | None = None
    power_cap_watts: float | None = None
    busy_percent: float | None = None
    memory_busy_percent: float | None = None
    edge_c: float | None = None
    junction_c: float | None = None
    memory_c: float | None = None
    sclk_hz: int | None = None
    mclk_hz: int | None = None
    fan_rpm: int | None = None
    video_busy_percent: float | None = None
    """Encoder and decoder."""
    voltage_mv: float | None = None
    fan_percent: float | None = None
    fan_max_rpm: int | None = None
    edge_limit_c: float | None = None
    junction_limit_c: float | None = None
    memory_limit_c: float | None = None
    """Temperatures from which the card holds back or switches off."""
    power_now_watts: float | None = None
    """The moment's, where `power_watts` is an average."""
    power_cap_min_watts: float | None = None
    power_cap_max_watts: float | None = None
    power_cap_default_watts: float | None = None
    gfx_watts: float | None = None
    """Of an APU the GPU's part; its `power_watts` are the whole chip's."""
    cpu_watts: float | None = None
    dram_read_bytes_per_s: float | None = None
    dram_write_bytes_per_s: float | None = None
    """Of an APU's whole chip."""
    max_bandwidth_bytes_per_s: float | None = None
    errors_corrected: int | None = None
    errors_uncorrected: int | None = None
    """ECC and RAS, all blocks together, since the driver was loaded."""
    compute_partition: str | None = None
    memory_partition: str | None = None
    """`SPX`, `CPX` ...; `NPS1`, `NPS4` ..."""
    throttle: tuple[str, ...] = ()
    """What holds the card back now, borne out by its load and temperatures."""
    spill_bytes: int | None = None
    """VRAM overflowing into system memory now; None while it does not or cannot be told."""
    link_speed: str | None = None
    link_width: int | None = None
    """Of the narrowest hop between the card and the CPU, now."""
    link_max_speed: str | None = None
    link_max_width: int | None = None
    """Of the hop that can carry least."""
    link_narrowed_at: str | None = None
    """The bridge at which fewer lanes run than the card has; None where none does."""
    link_bytes_per_s: float | None = None
    """What the link carries now, both ways, in whole GB/s; told by Instinct's firmware alone."""
    driver: str | None = None
    runtime_status: str | None = None
    """`active`, `suspended` ...; a card that sleeps is not woken, so its sensors are None."""
    access: Literal["yes", "missing", "denied"] | None = None
    """Whether this user may open its render node; None: not looked at."""
    rocm_indexes: tuple[int, ...] | None = None
    """Its numbers among ROCm's devices: several of a partitioned card, none where ROCm does not know it."""
    partitions: tuple[str, ...] = ()
    """MI300: `gfx942 partition 3: 24.0 GiB` ..."""
    partition_bytes: tuple[int, ...] = ()
    """What ROCm allocates from on each partition."""
    chosen_partitions: tuple[int, ...] = ()
    """Those of them a server is to see; empty: all."""
    sources: dict[str, str] = msgspec.field(default_factory=dict)
    """Field name to where its value came from."""


class MemoryUser(msgspec.Struct, frozen=True, kw_only=True):
    """One process's memory on one card."""

    pci: str
    pid: int
    name: str
    vram_bytes: int | None = None
    gtt_bytes: int | None = None
    evicted_bytes: int | None = None
    gfx_percent: float | None = None
    compute_percent: float | None = None
    video_percent: float | None = None
    """How busy it kept the engine since the last look; ROCm's compute is in none of them."""
    is_server: bool = False
    """The supervised or attached server, or a child of it."""


class GpuSample(msgspec.Struct, frozen=True, kw_only=True):
    """All cards at one moment."""

    at_ns: int
    """Monotonic, the same clock as the tokens'."""
    gpus: tuple[GpuReading, ...] = ()
    users: tuple[MemoryUser, ...] = ()
    notes: tuple[str, ...] = ()
    """Calm sentences: what was looked for and not found, which source is used instead."""
    stale: bool = False
    """The sampler is silent; these are its last figures."""
    host: HostSample | None = None
    """The machine around the cards; only on its way from the sampler."""


class GpuSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One card over a whole run: an entry of the report's `gpu` list."""

    pci: str
    name: str
    kind: GpuKind = "discrete"
    gfx: str | None = None
    driver: str | None = None
    vram_total_bytes: int | None = None
    vram_before_bytes: int | None = None
    """In use before the server started."""
    vram_loaded_bytes: int | None = None
    """In use once the model was loaded, before any request."""
    vram_peak_bytes: int | None = None
    vram_after_bytes: int | None = None
    """In use after the server stopped: what it did not give back is this minus `vram_before_bytes`."""
    server_vram_peak_bytes: int | None = None
    """The most the server itself held."""
    gtt_before_bytes: int | None = None
    gtt_peak_bytes: int | None = None
    spill_peak_bytes: int | None = None
    """The most of the server's memory that was in system memory instead of VRAM."""
    power_mean_watts: float | None = None
    power_peak_watts: float | None = None
    energy_joules: float | None = None
    """Over the measured window."""
    busy_mean_percent: float | None = None
    power_cap_watts: float | None = None
    tokens_per_joule: float | None = None
    """Output tokens of the measured window over this card's energy in it."""
    edge_start_c: float | None = None
    edge_end_c: float | None = None
    junction_start_c: float | None = None
    """At the first sample of the measured window; `end`: at the last."""
    junction_end_c: float | None = None
    junction_peak_c: float | None = None
    memory_peak_c: float | None = None
    sclk_start_hz: int | None = None
    sclk_end_hz: int | None = None
    throttle: tuple[str, ...] = ()
    """Reasons seen at any time."""
    throttled_fraction: float | None = None
    """Share of the samples of the measured window in which the card was held back."""
    link_speed: str | None = None
    link_width: int | None = None
    """Of its PCIe link at the end of the measured window, in use; `max`: what it could be."""
    link_max_speed: str | None = None
    link_max_width: int | None = None
    link_narrowed_at: str | None = None
    samples: int = 0
