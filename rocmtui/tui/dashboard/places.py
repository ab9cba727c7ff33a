"""Where each panel of the dashboard stands: the space goes where the data is, at every size."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from textual.geometry import Region

NARROW, WIDE = 100, 160
TWO_LISTS = 240
"""Columns from which on a list that was asked for does not take the place of the requests."""
TILES = 4
"""Rows of the tiles with their frames; below that they are one line."""
LEAST_CHART, GOOD_CHART, LEAST_LIST = 5, 7, 5
MIDDLE, LEAST_WITH_MIDDLE = 9, 29
"""Rows of latencies and cards where panels stack, and the least height that has room for them."""
LEAST_WITH_HOST = 18
LEAST_WITH_ITL = 18
"""Rows from which on the latencies of a wide screen are two panels."""
Places = dict[str, Region]


class Wants(NamedTuple):
    """Rows the panels that vary would use if there were so many, their frames included."""

    slots: Callable[[int], int]
    gpu: Callable[[int], int]
    cards: int = 0
    """Rows below which a card would have none."""
    host: bool = False
    """Whether there is anything to tell of the host."""
    told: bool = False
    """Whether the slots' panel says why there are none: that is not cut while another panel has rows."""


def has_frames(width: int, height: int) -> bool:
    """Whether there is room for the tiles' frames."""
    return width >= NARROW and height >= 24


def arrange(width: int, height: int, wants: Wants, lists: tuple[str, ...]) -> Places:
    """Regions, by panel, of the body between the first and the last lines; a panel not named is hidden."""
    top = TILES if has_frames(width, height) else 1
    if wants.host and width < NARROW and LEAST_WITH_HOST <= height < top + LEAST_WITH_MIDDLE:
        top += 1  # the panel that tells of the host has no place
    places = {"tiles": Region(0, 0, width, top)}
    room = Region(0, top, width, max(height - top, 0))
    if width < NARROW:
        places |= _stacked(room, wants, lists[:1])
    elif width < WIDE:
        places |= _two_columns(room, wants, lists[:1])
    else:
        places |= _wide(room, wants, lists if width >= TWO_LISTS else lists[:1])
    return {name: region for name, region in places.items() if region.height > 0}


def alone(width: int, height: int, names: tuple[str, ...]) -> Places:
    """One panel over the whole body; of several one beside the other, or below where it is narrow."""
    across = len(names) if width >= NARROW else 1
    down = len(names) if width < NARROW else 1
    each = Region(0, 0, width // across, height // down)
    places = {}
    for at, name in enumerate(names):
        places[name] = each.translate((at % across * each.width, at // across * each.height))
    return places


def _stacked(room: Region, wants: Wants, lists: tuple[str, ...]) -> Places:
    """Chart, slots, list; from 30 rows on latencies and cards side by side between them."""
    if wants.told:
        return _telling(room, wants, lists)
    if room.height < 14:
        slots = _asked(wants.slots, 3, max(room.height - LEAST_CHART, 3))
        return _column(room, (("speed", room.height - slots), ("slots", slots)))
    middle = _between(wants.cards, MIDDLE, 12) if room.height >= LEAST_WITH_MIDDLE else 0
    most = min(room.height * 2 // 5, room.height - middle - GOOD_CHART - LEAST_LIST)
    slots = _asked(wants.slots, 3, max(most, 5))
    rest = room.height - slots - middle
    listed = max(rest * 2 // 5, LEAST_LIST)
    places = _column(
        room, (("speed", rest - listed), ("middle", middle), ("slots", slots), (lists[0], listed))
    )
    if middle:
        left, right = places.pop("middle").split_vertical(room.width // 2)
        places |= {"ttft": left, "gpu": right}
    return places


def _telling(room: Region, wants: Wants, lists: tuple[str, ...]) -> Places:
    """What became of the server in as many rows as that takes, a list, and the chart where any are left."""
    listed = LEAST_LIST if room.height >= 14 else 0
    slots = _asked(wants.slots, 3, room.height - listed)
    chart = room.height - slots - listed
    if chart < LEAST_CHART:
        chart, slots = 0, slots + chart
    return _column(room, (("speed", chart), ("slots", slots), (lists[0], listed)))


def _two_columns(room: Region, wants: Wants, lists: tuple[str, ...]) -> Places:
    """Chart beside TTFT, slots beside the cards, one list."""
    side = _between(room.width * 36 // 100, 38, 46)
    most = max(room.height * 32 // 100, min(wants.cards, room.height * 2 // 5), 6)
    if wants.told:
        most = max(most, room.height - LEAST_CHART - LEAST_LIST)
    below = _between(max(wants.slots(most), wants.gpu(most)), 5, most)
    rest = room.height - below
    listed = max(rest * 45 // 100, LEAST_LIST) if rest >= LEAST_CHART + LEAST_LIST + 2 else 0
    chart, row, foot = _rows(room, (rest - listed, below, listed))
    speed, ttft = chart.split_vertical(room.width - side)
    slots, gpu = row.split_vertical(room.width - side)
    return {"speed": speed, "ttft": ttft, "slots": slots, "gpu": gpu, lists[0]: foot}


def _wide(room: Region, wants: Wants, lists: tuple[str, ...]) -> Places:
    """A large chart; TTFT above the cards beside it; slots and lists over the whole width."""
    side = _between(room.width * 38 // 100, 60, 90)
    slots = _asked(wants.slots, 3, max(room.height // (2 if wants.told else 5), 4))
    rest = room.height - slots
    listed = max(rest * 2 // 5, LEAST_LIST)
    chart, row, foot = _rows(room, (rest - listed, slots, listed))
    speed, right = chart.split_vertical(room.width - side)
    latencies, gpu = right.split_horizontal(right.height - _asked(wants.gpu, 6, right.height - 9))
    places = {"speed": speed, "ttft": latencies, "gpu": gpu, "slots": row}
    if latencies.height >= LEAST_WITH_ITL:
        ttft, itl = latencies.split_horizontal(latencies.height // 2)
        places |= {"ttft": ttft, "itl": itl}
    for at, name in enumerate(lists):
        wide = foot.width // len(lists)
        places[name] = Region(at * wide, foot.y, wide, foot.height)
    return places


def _column(room: Region, rows: tuple[tuple[str, int], ...]) -> Places:
    regions = _rows(room, tuple(height for _, height in rows))
    return {name: region for (name, _), region in zip(rows, regions, strict=True)}


def _rows(room: Region, heights: tuple[int, ...]) -> list[Region]:
    regions, y = [], room.y
    for height in heights:
        regions.append(Region(room.x, y, room.width, max(height, 0)))
        y += height
    return regions


def _asked(wants: Callable[[int], int], low: int, high: int) -> int:
    return _between(wants(high), low, high)


def _between(value: int, low: int, high: int) -> int:
    return max(min(value, high), low)
