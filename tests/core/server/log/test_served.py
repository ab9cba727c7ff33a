"""The timings that llama-server logs at the end of each request."""

from __future__ import annotations

from rocmtui.core.server.log.prompts import SlotPrompts
from rocmtui.core.server.log.served import ServedLog, ServedRequest

NEW = (
    "slot   operator(): id  3 | task 81 | new prompt, n_ctx_slot = 4096, n_keep = 0, task.n_tokens = 120",
    "0.21.145.487 I slot print_timing: id  3 | task 81 | prompt eval time =     250.50 ms /    20 tokens "
    "(   12.52 ms per token,    79.84 tokens per second)",
    "0.21.145.517 I slot print_timing: id  3 | task 81 |        eval time =    1500.00 ms /    31 tokens "
    "(   50.00 ms per token,    20.00 tokens per second)",
    "0.21.145.527 I slot print_timing: id  3 | task 81 |       total time =    1750.50 ms /    51 tokens",
)
OLD = (
    "slot print_timing: id  0 | task 7 | ",
    "prompt eval time =      90.00 ms /     9 tokens (   10.00 ms per token,   100.00 tokens per second)",
    "       eval time =     400.00 ms /     5 runs   (   80.00 ms per token,    12.50 tokens per second)",
    "      total time =     490.00 ms /    14 tokens",
)


def read(*lines: str) -> list[ServedRequest]:
    prompts = SlotPrompts()
    prompts.read(lines)
    return ServedLog(prompts).read(lines, 5)


def test_a_request_with_its_cached_tokens() -> None:
    (served,) = read(*NEW)
    assert served == ServedRequest(
        at_ns=5,
        slot=3,
        task=81,
        prompt_tokens=120,
        cached_tokens=100,
        prefill_tokens=20,
        prefill_ms=250.5,
        output_tokens=31,
        decode_ms=1500.0,
    )
    assert (served.output_tokens - 1) / served.decode_ms * 1e3 == 20.0
    assert round(served.prefill_tokens / served.prefill_ms * 1e3, 2) == 79.84


def test_older_builds_print_the_task_once_above() -> None:
    (served,) = read(*OLD)
    assert (served.slot, served.task, served.prefill_tokens, served.output_tokens) == (0, 7, 9, 5)
    assert (served.prompt_tokens, served.cached_tokens) == (None, None)


def test_two_requests_whose_lines_mix() -> None:
    other = tuple(
        line.replace("id  3 | task 81", "id  1 | task 90").replace("31 tokens", "8 tokens") for line in NEW
    )
    mixed = [line for pair in zip(NEW, other, strict=True) for line in pair]
    assert [(served.slot, served.output_tokens) for served in read(*mixed)] == [(3, 31), (1, 8)]


def test_progress_lines_and_half_a_timing_are_no_request() -> None:
    progress = (
        "slot print_timing: id  0 | task 4 | prompt processing, n_tokens = 32, progress = 0.89, t = 6 s"
    )
    assert read(progress, NEW[2], NEW[1]) == []
