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

HELP = {
    "shape": "Closed: each worker sends its next request when the last one ended. "
    "Open: requests come at planned times, whatever the server does.",
    "concurrency": "Requests kept in flight. More than the server's slots makes a queue.",
    "rate": "Requests per second: 2, 0.5 or 30/min.",
    "prompt_kind": "Each prompt begins with random letters, so none is answered from another's cache.",
    "prompt_tokens": "Tokens of each prompt, counted by the server's own tokenizer.",
    "dataset": 'A line each: {"prompt": ...} or {"messages": [...]}.',
    "shared_prefix_tokens": "Tokens all prompts begin with, like a system prompt.",
    "cache_prompt": "On lets a prompt reuse a slot's cache: TTFT flatters.",
    "max_tokens": "Most tokens of each answer (--max-tokens).",
    "ignore_eos": "Full length makes every answer equally long.",
    "slo": "Goals, separated by commas: METRIC_STATISTIC < VALUE UNIT.",
    "requests": "Stop after so many measured requests.",
    "duration": "Stop sending after this time: 90s, 5m, 1h.",
    "warmup_requests": "Requests sent first that do not count.",
}
"""What a field means, by its name."""

MOST_TOKENS = 10_000_000
YES_NO = {"ignore_eos": ("full length", "as the model ends"), "cache_prompt": ("on", "off")}


def load_fields(draft: LoadDraft) -> Iterator[Widget]:
    """A field for each part of a load; the names are LoadDraft's."""
    yield ChoiceField("load", SHAPES, draft.shape, name="shape")
    yield NumberField("workers", draft.concurrency, name="concurrency", maximum=MAX_CONCURRENCY)
    yield TextField("rate", draft.rate, name="rate", placeholder="e.g. 2")
    yield ChoiceField("prompt", PROMPTS, draft.prompt_kind, name="prompt_kind")
    yield _tokens("length", "prompt_tokens", draft)
    yield TextField("text", draft.prompt_text, name="prompt_text", placeholder="e.g. Write a haiku.")
    yield TextField("file", draft.prompt_file, name="prompt_file", placeholder="e.g. /path/to/prompt.txt")
    yield TextField("dataset", draft.dataset, name="dataset", placeholder="e.g. /path/to/prompts.jsonl")
    shared = draft.shared_prefix_tokens
    yield NumberField("shared start", shared, name="shared_prefix_tokens", minimum=0, maximum=MOST_TOKENS)
    yield _yes_no("prompt cache", "cache_prompt", draft)
    yield _tokens("answer", "max_tokens", draft)
    yield _yes_no("answer ends", "ignore_eos", draft)
    yield TextField("SLOs", draft.slo, name="slo", placeholder="e.g. ttft_p95<500ms, goodput>2")
    yield NumberField(
        "requests", draft.requests, name="requests", maximum=10**9, doubles=True, none_words="no limit"
    )
    yield TextField("time", draft.duration, name="duration", placeholder="no limit")
    yield NumberField("warm-up", draft.warmup_requests, name="warmup_requests", minimum=0, maximum=10**6)


def _tokens(label: str, name: str, draft: LoadDraft) -> NumberField:
    return NumberField(label, getattr(draft, name), name=name, maximum=MOST_TOKENS, doubles=True)


def _yes_no(label: str, name: str, draft: LoadDraft) -> ChoiceField:
    yes, no = YES_NO[name]
    value = "yes" if getattr(draft, name) else "no"
    return ChoiceField(label, [("yes", yes), ("no", no)], value, name=name)
