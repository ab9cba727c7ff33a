"""Curves of a bench over depth and of a sweep over load, with the bands that are known of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from rocmtui.core.bench.summary import SummaryRow
from rocmtui.core.page.parts import Chart, Series
from rocmtui.core.sweep.plan import Level
from rocmtui.core.text.sizes import slots_text

_ROLES = "cbdea"


def depth_charts(rows: Sequence[SummaryRow], names: Mapping[str, str]) -> Iterator[Chart]:
    """One for each test measured at several depths: a line a variant, in the band of its intervals."""
    for key, group in groupby(sorted(rows, key=_family), _family):
        deep = sorted(group, key=lambda row: row.depth)
        if len({row.depth for row in deep}) < 2:
            continue
        model, test, _, _, parallel = key
        yield Chart(
            title=f"{test} by depth: {names.get(model, model)}, {slots_text(parallel)}",
            x=tuple(float(row.depth) for row in deep),
            series=tuple(
                Series(
                    figure.variant,
                    tuple(row.figures[index].median for row in deep),
                    _ROLES[index % len(_ROLES)],
                    band=tuple(row.figures[index].interval or (None, None) for row in deep),
                )
                for index, figure in enumerate(deep[0].figures)
            ),
            x_label="tokens of context before",
            y_label=deep[0].unit,
            note="Bands are 95 % intervals over rounds.",
        )


def _family(row: SummaryRow) -> tuple[str, str, str, int, int]:
    """What rows of one test at several depths have in common."""
    return row.model, row.name.partition(" @ ")[0], row.tag, row.ctx or 0, row.parallel


def sweep_charts(axis: str, levels: Sequence[Level]) -> tuple[Chart, ...]:
    """Throughput and TTFT over load; none with fewer than two levels that count."""
    good = [level for level in levels if level.output_tps is not None]
    if len(good) < 2:
        return ()
    ttft = tuple((level.ttft_p50_ms, level.ttft_p95_ms) for level in good)
    chart = Chart(
        title="Throughput and first token by load",
        x=tuple(level.load for level in good),
        series=(
            Series("tok/s", tuple(level.output_tps for level in good), "c"),
            Series("TTFT p50 ms", tuple(level.ttft_p50_ms for level in good), "b", "right", ttft),
        ),
        x_label=axis,
        y_label="tok/s",
        right_label="ms",
        note="The band of the first token reaches from its p50 to its p95.",
    )
    return (chart,)
