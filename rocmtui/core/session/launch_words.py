"""How the launch screen says models, GPUs and plans."""

from __future__ import annotations

import shlex

from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.server.command import default_ctx
from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.session.launch import CACHE_TYPES, BinaryFound, CommandPreview, ModelChoice
from rocmtui.core.text import forms
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import RocmtuiError, UsageError


def ctx_of(plan: LaunchPlan, model: ModelChoice | None) -> int:
    """Context of one slot in tokens, the default filled in."""
    if plan.ctx_per_slot is not None:
        return plan.ctx_per_slot
    return default_ctx(model.ctx_train if model else None)


def ctx_hint(plan: LaunchPlan, model: ModelChoice | None) -> str:
    """What a slot's context means for the whole server."""
    ctx = ctx_of(plan, model)
    if model and model.ctx_train and ctx > model.ctx_train:
        return f"over the {forms.count(model.ctx_train)} it was trained on"
    return f"×{plan.parallel} = {forms.count(ctx * plan.parallel)}" if plan.parallel > 1 else ""


def gpu_words(gpu: GpuReading) -> str:
    """A card in a few words."""
    name = clean_line(gpu.name, 40)
    integrated = ", integrated" if gpu.kind == "apu" else ""
    return f"{gpu.index} {name}{integrated}"


def gpu_choices(gpus: tuple[GpuReading, ...]) -> list[tuple[str | None, str]]:
    """The values of `--gpu` that make sense here."""
    if not gpus:
        return [("auto", "auto"), ("none", "none (CPU)")]
    each: list[tuple[str | None, str]] = [(gpu.pci, gpu_words(gpu)) for gpu in gpus]
    every: list[tuple[str | None, str]] = [("all", "all")] if len(gpus) > 1 else []
    return [("auto", "auto"), *each, *every, ("none", "none (CPU)")]


def cache_choices() -> list[tuple[str | None, str]]:
    """Cache types; f16 is llama-server's own default."""
    return [(None, "f16"), *((name, name) for name in CACHE_TYPES if name != "f16")]


def layer_choices(layers: int | None) -> list[tuple[str | None, str]]:
    """How much of a model goes to the card: all, one layer less at each step, none."""
    steps: list[tuple[str | None, str]] = [(str(n), f"{n} of {layers}") for n in range(layers or 0, 0, -1)]
    return [(None, "auto"), ("all", f"all {layers}" if layers else "all"), *steps, ("0", "none")]


def model_details(model: ModelChoice) -> list[tuple[int, str]]:
    """What a model is, each part with its rank: the lowest stays longest."""
    parts = (
        (0, model.quantization and clean_line(model.quantization, 12)),
        (3, model.architecture and clean_line(model.architecture, 20)),
        (2, model.n_params and forms.params(model.n_params)),
        (5, model.layers and f"{model.layers} layers"),
        (4, model.ctx_train and f"trained on {forms.count(model.ctx_train)} tokens"),
    )
    return [(rank, part) for rank, part in parts if part]


def command_words(preview: CommandPreview) -> str:
    """The command line as it can be pasted into a shell."""
    return shlex.join(preview.words)


def parse_extra(text: str) -> tuple[str, ...]:
    """Extra flags as a shell would split them. Raises UsageError."""
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise UsageError(f"{str(error).lower()}") from None


def changes(before: LaunchPlan, after: LaunchPlan) -> dict[str, str]:
    """Fields that differ, with the value before, in words."""
    found: dict[str, str] = {}
    for name in LaunchPlan.__struct_fields__:
        old = getattr(before, name)
        if old != getattr(after, name):
            known = shlex.join(old) if isinstance(old, tuple) else str(old)
            found[name] = "default" if old is None else known
    return found


def found_words(
    binary: BinaryFound, gpus: tuple[GpuReading, ...], room: int = 200, *, warns: bool = False
) -> str:
    """The server and the cards of this machine in one line: the longest form of at most `room` cells.

    `warns`: the two do not go together.
    """
    known = " ".join(clean_line(word, 40) for word in (binary.build, binary.backend) if word)
    source = f" ({clean_line(binary.source, 40)})" if binary.source else ""
    server = f"llama-server {known}".rstrip()
    if binary.path is None:
        known = server = clean_line(binary.problem or "no llama-server found", 120)
        source = ""
    two = ", ".join(map(_card_words, gpus[:2])) + (f" and {len(gpus) - 2} more" if len(gpus) > 2 else "")
    one = _card_words(gpus[0]) + (f" and {len(gpus) - 1} more" if len(gpus) > 1 else "") if gpus else ""
    cards = [two, one, f"{len(gpus)} GPUs"] if gpus else ["no AMD GPU found", "no AMD GPU"]
    whole = server + source + (f" {binary.note}" if binary.note else "")
    sign = "⚠ " if warns else ""
    found = [f"{sign}{who} · {what}" for what in cards for who in (whole, server + source, server, known)]
    return next((form for form in found if len(form) <= room), found[-1])


def error_words(error: RocmtuiError) -> str:
    """An error and its remedy in one line."""
    return clean_line(f"{error.message} ({error.remedy})" if error.remedy else error.message, 500)


def _card_words(gpu: GpuReading) -> str:
    size = gpu.pool_bytes or gpu.vram_total_bytes
    return clean_line(gpu.name, 30) + (f" {forms.size(size)}" if size else "")
