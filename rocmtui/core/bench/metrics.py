"""The metrics of a bench: which a test shows, their units, and how its rows are called."""

from __future__ import annotations

from rocmtui.core.bench.plan.suite import BenchKind, BenchTest
from rocmtui.core.bench.result import CellResult
from rocmtui.core.request.metrics import METRICS
from rocmtui.core.stats.verdict import Better

TOKENS_PER_JOULE = "tokens_per_joule"
LIMIT_SHARE = "limit_share"
"""Of a cell: what its decode reached of the most that the memory allows."""
KV_BYTES, VRAM_BYTES = "kv_bytes", "vram_peak_bytes"
"""Of a cell: what of the cache a step reads, and the most memory of its cards that was in use."""
LONGEST_GAP, NEIGHBOUR_TTFT = "longest_gap", "neighbour_ttft"
"""Of a cell beside a neighbour: the longest time between two tokens, and what the neighbour waited."""
PROMPT_TOKENS = "prompt_tokens"
ACCEPTANCE = "acceptance"
"""Of a cell: what share of its draft was accepted."""
_OWN: dict[str, tuple[str, Better]] = {
    TOKENS_PER_JOULE: ("tok/J", "higher"),
    LONGEST_GAP: ("ms", "lower"),
    NEIGHBOUR_TTFT: ("ms", "lower"),
    ACCEPTANCE: ("of 1", "higher"),
}
"""Unit and good direction of what is no metric of a report."""
SHOWN: dict[BenchKind, tuple[str, ...]] = {
    "decode": ("output_tps_per_request", TOKENS_PER_JOULE),
    "ttft": ("ttft",),
    "prefill": ("prefill_tps",),
    "concurrent": ("output_tps", "output_tps_per_request", TOKENS_PER_JOULE),
    "draft": ("output_tps_per_request", ACCEPTANCE),
    "neighbour": (LONGEST_GAP, "output_tps_per_request", NEIGHBOUR_TTFT),
}
"""What a test shows, by its kind."""
_BESIDE = {LONGEST_GAP: "longest gap", "output_tps_per_request": "each", NEIGHBOUR_TTFT: "its TTFT"}


def unit_of(tag: str) -> tuple[str, Better | None]:
    """Unit and good direction of a metric by its tag."""
    return _OWN[tag] if tag in _OWN else (METRICS[tag].unit, METRICS[tag].better)


def row_name(test: BenchTest, tag: str, parallel: int) -> str:
    """`pp512`, `tg128`, `tg32 (c4) total`, `tg32 (c4) each`."""
    if test.kind == "concurrent":
        which = {"output_tps": "total", "output_tps_per_request": "each"}.get(tag, "energy")
        return f"tg{test.max_tokens}{test.at_depth} (c{parallel}) {which}"
    if test.kind == "neighbour":
        return f"{test.name}, {_BESIDE[tag]}"
    if tag == ACCEPTANCE:
        return f"{test.name}, accepted"
    return f"{test.name} energy" if tag == TOKENS_PER_JOULE else test.name


def figure_names(cell: CellResult) -> list[tuple[str, str, str]]:
    """Name, tag and unit of what a single cell shows."""
    each = "each" if cell.kind == "concurrent" else ""
    names = {"output_tps": "total", "output_tps_per_request": each, ACCEPTANCE: "accepted"}
    if cell.kind == "neighbour":
        names = _BESIDE
    tags = [tag for tag in SHOWN[cell.kind] if tag != TOKENS_PER_JOULE]
    return [(f"{cell.test} {names.get(tag, '')}".strip(), tag, unit_of(tag)[0]) for tag in tags]
