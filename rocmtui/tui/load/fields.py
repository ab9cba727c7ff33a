"""The fields of the load plan and what each means."""

from __future__ import annotations

from collections.abc import Iterator

from textual.widget import Widget

from rocmtui.core.load.draft import MAX_CONCURRENCY, LoadDraft
from rocmtui.tui.form.step_fields import ChoiceField, NumberField
from rocmtui.tui.form.text_field import TextField

SHAPES: list[tuple[str | None, str]] = [
    ("closed", "closed loop: workers"),
    ("constant", "open loop: even arrivals"),
    ("poisson", "open loop: random arrivals"),
]
PROMPTS: list[tuple[str | None, str]] = [
    ("tokens", "random words to length"),
    ("text", "one text"),
    ("file", "a file"),
    ("dataset", "a dataset (JSONL)"),
]
SHOWN_FOR = {
    "concurrency": ("shape", ("closed",)),
    "rate": ("shape", ("constant", "poisson")),
    "prompt_tokens": ("prompt_kind", ("tokens",)),
    "shared_prefix_tokens": ("prompt_kind", ("tokens",)),
    "prompt_text": ("prompt_kind", ("text",)),
    "prompt_file": ("prompt_kind", ("file",)),
    "dataset": ("prompt_kind", ("dataset",)),
}
"""Field to the choice it belongs to; the others are always shown."""

YES_NO = {"ignore_eos": ("full length", "as the model ends"), "cache_prompt": ("on", "off")}


def load_fields(draft: LoadDraft) -> Iterator[Widget]:
    """A field for each part of a load; the names are LoadDraft's."""
    yield from _shape_fields(draft)
    yield from _prompt_fields(draft)
    yield from _answer_fields(draft)
    yield from _end_fields(draft)


def _shape_fields(draft: LoadDraft) -> Iterator[Widget]:
    yield ChoiceField(
        "load",
        SHAPES,
        draft.shape,
        name="shape",
        help_text="Closed: each worker sends its next request when the last one ended. "
        "Open: requests come at planned times, whatever the server does.",
    )
    yield NumberField(
        "workers",
        draft.concurrency,
        name="concurrency",
        maximum=MAX_CONCURRENCY,
        help_text="Requests kept in flight. More than the server's slots makes a queue.",
    )
    yield TextField(
        "rate", draft.rate, name="rate", help_text="Requests per second: 2, 0.5 or 30/min.", placeholder="2"
    )


def _prompt_fields(draft: LoadDraft) -> Iterator[Widget]:
    yield ChoiceField(
        "prompt",
        PROMPTS,
        draft.prompt_kind,
        name="prompt_kind",
        help_text="Each prompt begins with random letters, so none is answered from another's cache.",
    )
    yield NumberField(
        "length",
        draft.prompt_tokens,
        name="prompt_tokens",
        maximum=10_000_000,
        doubles=True,
        help_text="Tokens of each prompt, counted by the server's own tokenizer.",
    )
    yield TextField("text", draft.prompt_text, name="prompt_text", placeholder="Write a haiku about VRAM.")
    yield TextField("file", draft.prompt_file, name="prompt_file", placeholder="/path/to/prompt.txt")
    yield TextField(
        "dataset",
        draft.dataset,
        name="dataset",
        placeholder="/path/to/prompts.jsonl",
        help_text='A line each: {"prompt": ...} or {"messages": [...]}.',
    )
    yield NumberField(
        "shared start",
        draft.shared_prefix_tokens,
        name="shared_prefix_tokens",
        minimum=0,
        maximum=10_000_000,
        help_text="Tokens all prompts begin with, like a system prompt.",
    )
    yield _yes_no(
        "prompt cache", "cache_prompt", draft, "On lets a prompt reuse a slot's cache: TTFT flatters."
    )


def _answer_fields(draft: LoadDraft) -> Iterator[Widget]:
    yield NumberField(
        "answer",
        draft.max_tokens,
        name="max_tokens",
        maximum=10_000_000,
        doubles=True,
        help_text="Most tokens of each answer (--max-tokens).",
    )
    yield _yes_no("answer ends", "ignore_eos", draft, "Full length makes every answer equally long.")
    yield TextField(
        "SLOs",
        draft.slo,
        name="slo",
        placeholder="ttft_p95<500ms, goodput>2",
        help_text="Goals, separated by commas: METRIC_STATISTIC < VALUE UNIT.",
    )


def _end_fields(draft: LoadDraft) -> Iterator[Widget]:
    yield NumberField(
        "requests",
        draft.requests,
        name="requests",
        maximum=1_000_000_000,
        doubles=True,
        none_words="no limit",
        help_text="Stop after so many measured requests.",
    )
    yield TextField(
        "time",
        draft.duration,
        name="duration",
        placeholder="no limit",
        help_text="Stop sending after this time: 90s, 5m, 1h.",
    )
    yield NumberField(
        "warm-up",
        draft.warmup_requests,
        name="warmup_requests",
        minimum=0,
        maximum=1_000_000,
        help_text="Requests sent first that do not count.",
    )


def _yes_no(label: str, name: str, draft: LoadDraft, help_text: str) -> ChoiceField:
    yes, no = YES_NO[name]
    value = "yes" if getattr(draft, name) else "no"
    return ChoiceField(label, [("yes", yes), ("no", no)], value, name=name, help_text=help_text)
