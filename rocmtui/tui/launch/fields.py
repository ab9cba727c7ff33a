"""The fields of the launch screen and what each means."""

from __future__ import annotations

from collections.abc import Iterator

from textual.widget import Widget

from rocmtui.core.session.launch import MAX_SLOTS
from rocmtui.core.session.launch_words import cache_choices, gpu_choices, parse_extra
from rocmtui.errors import UsageError
from rocmtui.tui.form.step_fields import ChoiceField, NumberField
from rocmtui.tui.form.text_field import TextField


def extra_problem(text: str) -> str | None:
    """What is wrong with extra flags."""
    try:
        parse_extra(text)
    except UsageError as error:
        return error.message
    return None


def launch_fields() -> Iterator[Widget]:
    """A field for each choice, in the order people make them; the names are LaunchPlan's."""
    yield from _size_fields()
    yield from _how_fields()


def _size_fields() -> Iterator[Widget]:
    yield ChoiceField(
        "profile",
        [(None, "last used")],
        name="profile",
        help_text="Settings kept under a name: w keeps the ones shown, x forgets it.",
    )
    yield NumberField(
        "slots",
        4,
        name="parallel",
        maximum=MAX_SLOTS,
        help_text="Requests served at once (--parallel), each with its own context.",
    )
    yield NumberField(
        "context",
        None,
        name="ctx_per_slot",
        minimum=256,
        maximum=16_777_216,
        doubles=True,
        none_words="auto",
        help_text="Tokens of a slot, prompt and answer. auto: 4,096, or the model's.",
    )
    yield ChoiceField(
        "K cache",
        cache_choices(),
        name="cache_type_k",
        help_text="Number format of the keys. q8_0 halves them at hardly any loss.",
    )
    yield ChoiceField(
        "V cache",
        cache_choices(),
        name="cache_type_v",
        help_text="Number format of the values. All but f16 need flash attention.",
    )


def _how_fields() -> Iterator[Widget]:
    yield ChoiceField(
        "flash attn",
        [(None, "auto"), ("on", "on"), ("off", "off")],
        name="flash_attn",
        help_text="Fused attention: less memory, mostly faster.",
    )
    yield ChoiceField(
        "GPU",
        gpu_choices(()),
        "auto",
        name="gpu",
        help_text="auto: the discrete card with the most memory; others are hidden.",
    )
    yield ChoiceField(
        "GPU layers",
        [(None, "auto"), ("all", "all"), ("0", "none")],
        name="gpu_layers",
        help_text="How much of the model goes to the GPU (--gpu-layers).",
    )
    yield TextField(
        "extra flags",
        name="extra_args",
        placeholder="--ubatch-size 1024",
        check=extra_problem,
        help_text="Given to llama-server as they stand.",
    )
