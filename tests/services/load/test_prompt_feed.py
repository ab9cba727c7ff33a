"""Each load process gets the prompts of its own requests, in order, a little ahead of them."""

from __future__ import annotations

import msgspec

from rocmtui.core.load.scenario import ClosedLoop, Prompt, PromptPlan, Scenario
from rocmtui.core.load.share import share_of
from rocmtui.core.session.commands import AddPrompts, LoadCommand
from rocmtui.services.load.prompt_feed import AHEAD, PromptFeed, Unheld

ENTRIES = tuple(Prompt(text=str(number)) for number in range(10_000))


def feed_of(
    processes: int, process: int, requests: int | None, entries: tuple[Prompt, ...] = ENTRIES
) -> PromptFeed:
    shape = ClosedLoop(concurrency=processes)
    scenario = Scenario(shape=shape, prompt=PromptPlan(dataset="d"), requests=requests, processes=processes)
    return PromptFeed(Unheld(entries, lambda entry, _: entry), share_of(scenario, process))


class Process:
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.prompts: list[str] = []

    async def send(self, command: LoadCommand) -> None:
        assert isinstance(command, AddPrompts)
        self.prompts += [prompt.text or "" for prompt in command.prompts]


async def test_all_entries_come_once_before_any_comes_twice() -> None:
    feeds = [feed_of(2, process, 10_000) for process in range(2)]
    found: list[str] = []
    for feed in feeds:
        begun = 0
        while batch := await feed.batch(begun):
            found += [prompt.text or "" for prompt in batch]
            begun += len(batch)
    assert sorted(map(int, found)) == list(range(10_000))


async def test_no_more_is_given_than_is_needed_soon() -> None:
    feed, process = feed_of(1, 0, None), Process()
    assert len(await feed.batch(0)) == AHEAD
    await feed.feed(process, 10)  # type: ignore[arg-type]
    assert process.prompts == []
    await feed.feed(process, AHEAD - 100)  # type: ignore[arg-type]
    assert process.prompts[0] == str(AHEAD)
    assert len(process.prompts) == AHEAD - 100


async def test_long_prompts_come_a_few_at_a_time() -> None:
    long = tuple(msgspec.structs.replace(entry, text="x" * 1_000_000) for entry in ENTRIES[:50])
    assert len(await feed_of(1, 0, 50, long).batch(0)) == 4
