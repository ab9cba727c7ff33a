"""Prompt lengths from the log."""

from rocmtui.core.server.log.prompts import MAX_TASKS, SlotPrompts
from rocmtui.core.server.state import SlotReading

LINE = (
    "0.04.760.521 I slot   operator(): id  3 | task 6 | new prompt, n_ctx_slot = 4096, n_keep = 0, "
    "task.n_tokens = 120"
)
OLD_LINE = (
    "slot update_slots: id  0 | task 0 | new prompt, n_ctx_slot = 2048, n_keep = 0, n_prompt_tokens = 26"
)


def reading(slot: int, task: int | None) -> SlotReading:
    return SlotReading(id=slot, n_ctx=4096, is_processing=True, task=task)


def totals(prompts: SlotPrompts, *readings: SlotReading) -> list[int | None]:
    return [slot.prompt_total for slot in prompts.complete(readings)]


def test_the_task_of_the_slot_gets_its_length() -> None:
    prompts = SlotPrompts()
    prompts.read([LINE, OLD_LINE])
    assert totals(prompts, reading(3, 6), reading(0, 0)) == [120, 26]


def test_another_task_or_none_stays_unknown() -> None:
    prompts = SlotPrompts()
    prompts.read([LINE])
    assert totals(prompts, reading(3, 7), reading(2, 6), reading(3, None)) == [None, None, None]


def test_only_the_newest_tasks_are_kept() -> None:
    prompts = SlotPrompts()
    prompts.read(LINE.replace("task 6", f"task {n}") for n in range(MAX_TASKS + 1))
    assert totals(prompts, reading(3, 0), reading(3, MAX_TASKS)) == [None, 120]
