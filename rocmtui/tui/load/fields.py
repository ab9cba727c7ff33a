"""The fields of the load plan and what each means."""

from __future__ import annotations

from collections.abc import Iterator

from textual.widget import Widget

from rocmtui.core.load.draft.amounts import MAX_CONCURRENCY
from rocmtui.core.load.draft.fields import LoadDraft
from rocmtui.tui.form.step_fields import ChoiceField, NumberField
from rocmtui.tui.form.text_field import TextField

SHAPES: list[tuple[str | None, str]] = [
    ("closed", "closed loop: workers"),
    ("constant", "open loop: even arrivals"),
    ("poisson", "open loop: random arrivals"),
    ("trace", "open loop: at a trace's times"),
]
PROMPTS: list[tuple[str | None, str]] = [
    ("tokens", "random words to length"),
    ("text", "one text"),
    ("file", "a file"),
    ("dataset", "a dataset (JSONL)"),
    ("conversations", "conversations"),
    ("trace", "a recorded trace"),
]
SHOWN_FOR = {
    "concurrency": ("shape", ("closed",)),
    "rate": ("shape", ("constant", "poisson")),
    "prompt_tokens": ("prompt_kind", ("tokens",)),
    "shared_prefix_tokens": ("prompt_kind", ("tokens",)),
    "prompt_text": ("prompt_kind", ("text",)),
    "prompt_file": ("prompt_kind", ("file",)),
    "dataset": ("prompt_kind", ("dataset",)),
    "depth_tokens": ("prompt_kind", ("tokens",)),
    "cache_prompt": ("prompt_kind", ("tokens", "text", "file", "dataset")),
    **dict.fromkeys(
        ("conversations", "turns", "turn_tokens", "system_tokens", "think"),
        ("prompt_kind", ("conversations",)),
    ),
    "trace": ("prompt_kind", ("trace",)),
    "time_scale": ("shape", ("trace",)),
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
    "conversations": "How many in all; a worker holds one at a time, a turn repeats all that was said.",
    "turns": "Of each conversation.",
    "turn_tokens": "Tokens of words in each turn; the reply's length is the answer's.",
    "system_tokens": "Tokens of a system message; 0 is none.",
    "think": "Pause between a reply and the next turn: 2s.",
    "trace": "Mooncake, Bailian (JSONL), BurstGPT (CSV), Weka, or one of `rocmtui runs trace`.",
    "time_scale": "All its times by this: 0.1 is ten times as fast.",
    "depth_tokens": "Tokens already in the slot when a prompt comes: each worker puts them there first.",
    "fleet": "Further servers under the same load, in turn: addresses with commas between.",
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
    yield NumberField(
        "how many", draft.conversations, name="conversations", maximum=10**6, none_words="until the end"
    )
    yield NumberField("turns", draft.turns, name="turns", maximum=10_000)
    yield _tokens("a turn", "turn_tokens", draft)
    yield NumberField("system", draft.system_tokens, name="system_tokens", minimum=0, maximum=MOST_TOKENS)
    yield TextField("pause", draft.think, name="think", placeholder="none; e.g. 2s")
    yield TextField("trace", draft.trace, name="trace", placeholder="e.g. /path/to/trace.jsonl")
    yield TextField("times by", draft.time_scale, name="time_scale", placeholder="e.g. 0.1")
    yield NumberField("depth", draft.depth_tokens, name="depth_tokens", minimum=0, maximum=MOST_TOKENS)
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
    yield TextField("more servers", draft.fleet, name="fleet", placeholder="e.g. 8081, http://b:8080")


def _tokens(label: str, name: str, draft: LoadDraft) -> NumberField:
    return NumberField(label, getattr(draft, name), name=name, maximum=MOST_TOKENS, doubles=True)


def _yes_no(label: str, name: str, draft: LoadDraft) -> ChoiceField:
    yes, no = YES_NO[name]
    value = "yes" if getattr(draft, name) else "no"
    return ChoiceField(label, [("yes", yes), ("no", no)], value, name=name)
