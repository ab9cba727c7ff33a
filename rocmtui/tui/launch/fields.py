"""The fields of the launch screen and what each means."""

from __future__ import annotations

from collections.abc import Iterator

from textual.widget import Widget

from rocmtui.core.session.launch import MAX_SLOTS
from rocmtui.core.session.launch_words import cache_choices, gpu_choices, parse_extra
from rocmtui.tui.form.step_fields import ChoiceField, NumberField
from rocmtui.tui.form.text_field import TextField, problem_with

HELP = {
    "models": "The file to serve. enter starts it, / finds one by a part of its name.",
    "filter": "A part of the model's name; enter goes to the list.",
    "profile": "Settings kept under a name: w keeps the ones shown, x forgets it.",
    "parallel": "Requests served at once (--parallel), each with its own context.",
    "ctx_per_slot": "Tokens of a slot, prompt and answer. auto: 4,096, or the model's.",
    "cache_type_k": "Number format of the keys. q8_0 halves them at hardly any loss.",
    "cache_type_v": "Number format of the values. All but f16 need flash attention.",
    "flash_attn": "Fused attention: less memory, mostly faster.",
    "gpu": "auto: the discrete card with the most memory; others are hidden.",
    "gpu_layers": "How much of the model goes to the GPU (--gpu-layers).",
    "extra_args": "Given to llama-server as they stand.",
}
"""What a field means, by its name."""


def extra_problem(text: str) -> str | None:
    """What is wrong with extra flags."""
    return problem_with(text, parse_extra)


def launch_fields() -> Iterator[Widget]:
    """A field for each choice, in the order people make them; the names are LaunchPlan's."""
    yield ChoiceField("profile", [(None, "last used")], name="profile")
    yield NumberField("slots", 4, name="parallel", maximum=MAX_SLOTS)
    yield NumberField(
        "context",
        None,
        name="ctx_per_slot",
        minimum=256,
        maximum=1 << 24,
        doubles=True,
        none_words="auto",
    )
    yield ChoiceField("K cache", cache_choices(), name="cache_type_k")
    yield ChoiceField("V cache", cache_choices(), name="cache_type_v")
    yield ChoiceField("flash attn", [(None, "auto"), ("on", "on"), ("off", "off")], name="flash_attn")
    yield ChoiceField("GPU", gpu_choices(()), "auto", name="gpu")
    yield ChoiceField("GPU layers", [(None, "auto"), ("all", "all"), ("0", "none")], name="gpu_layers")
    yield TextField("extra flags", name="extra_args", placeholder="e.g. -ub 1024", check=extra_problem)
