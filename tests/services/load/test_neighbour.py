"""A neighbour beside a load, on a clock that only tests move."""

from __future__ import annotations

import pytest

from rocmtui.core.load.scenario import NeighbourPlan, Prompt
from rocmtui.core.request.record import NEIGHBOUR_IDS, Phase
from tests.services.load.fixture import Load

LONG = tuple(Prompt(text=f"long {n}", max_tokens=1) for n in range(2))


def load_with(plan: NeighbourPlan, **scenario: object) -> Load:
    return Load(2, seconds=5.0, neighbour=plan, neighbour_prompts=LONG, decodes_at_once=True, **scenario)


@pytest.mark.asyncio
async def test_it_sends_while_the_others_decode_and_then_the_load_ends() -> None:
    load = load_with(NeighbourPlan(tokens=9, requests=3, pause_s=1.0))
    finished = await load.finish()
    beside = [record for record in load.records if record.phase is Phase.NEIGHBOUR]
    assert [record.id for record in beside] == [NEIGHBOUR_IDS + n for n in range(3)]
    assert [prompt for prompt in load.sender.prompts if "long" in (prompt or "")] == [
        "long 0",
        "long 1",
        "long 0",
    ]
    assert finished.reason == "requests"
    assert all(record.completed for record in load.records)


@pytest.mark.asyncio
async def test_it_counts_in_no_figure_and_is_told_apart() -> None:
    load = load_with(NeighbourPlan(tokens=9, requests=1, pause_s=1.0))
    await load.finish()
    last = load.snapshots[-1]
    measured = [record for record in load.records if record.phase is Phase.MEASURED]
    assert last.completed == len(measured) == len(load.records) - 1
    assert max(snapshot.beside for snapshot in load.snapshots) == 1
    assert last.beside == 0


@pytest.mark.asyncio
async def test_a_load_that_ends_first_takes_it_along() -> None:
    load = load_with(NeighbourPlan(tokens=9, requests=50, pause_s=1.0), requests=4)
    await load.finish()
    assert sum(record.phase is Phase.MEASURED for record in load.records) == 4
