"""Builds the prompts of a load from what its scenario asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from rocmtui.core.load.prompts import nonce, prompt_count, random_words, seed_of, to_prompt, with_prefix
from rocmtui.core.load.scenario import Endpoint, Prompt, Scenario
from rocmtui.errors import UsageError
from rocmtui.services.load.exact_prompts import (
    LengthBuilder,
    PromptSet,
    Tokenizer,
    countable_words,
    reuse_notice,
)
from rocmtui.services.load.prompt_feed import Unheld


class PromptSource(Protocol):
    """Reads prompt files; raises UsageError (adapters/prompt_files.py)."""

    def text(self, path: str) -> str: ...
    def dataset(self, path: str, endpoint: Endpoint) -> Sequence[Prompt]: ...


async def build_prompts(
    scenario: Scenario, tokenizer: Tokenizer, source: PromptSource, *, slot_ctx: int | None = None
) -> PromptSet:
    """The prompts of a scenario.

    `slot_ctx` is the context of one slot where it is known. Raises UsageError when the plan cannot be:
    an unreadable file, a length no prompt can have or no slot can hold.
    """
    plan = scenario.prompt
    if plan.tokens is not None:
        _check_length(scenario, slot_ctx)
        return await LengthBuilder(scenario, tokenizer, plan.tokens).build()
    base: Sequence[Prompt]
    if plan.dataset is not None:
        base = await asyncio.to_thread(source.dataset, plan.dataset, scenario.endpoint)
    else:
        text = source.text(plan.file) if plan.file is not None else plan.text or ""
        base = (to_prompt(text, scenario.endpoint),)
    prefix = ""
    notices: list[str] = []
    if plan.shared_prefix_tokens:
        known = await countable_words(tokenizer)
        notices += [known.notice] if known.notice else []
        length = round(plan.shared_prefix_tokens / known.tokens_each)
        prefix = " ".join(random_words(seed_of(scenario), -1, length, known.words)) + "\n\n"
    if plan.dataset is not None:
        notices += _lines_notice(scenario, len(base))
        unheld = Unheld(base, lambda entry, index: _begun(entry, scenario, index, prefix))
        return PromptSet(prompts=unheld, notices=tuple(notices))
    count = _count(scenario, base, prefix) if plan.nonce else 1
    prompts = tuple(_begun(base[0], scenario, index, prefix) for index in range(count))
    return PromptSet(prompts=prompts, notices=(*notices, *reuse_notice(scenario, len(prompts))))


def _lines_notice(scenario: Scenario, lines: int) -> list[str]:
    """What a load of known length does not send of a data set, or sends again."""
    if scenario.requests is None:
        return []
    total = scenario.requests + scenario.warmup_requests
    if total < lines:
        return [f"the data set has {lines} prompts: the first {total} are sent"]
    return [f"the data set has {lines} prompts: they are sent again from the start"] if total > lines else []


def _begun(prompt: Prompt, scenario: Scenario, index: int, prefix: str) -> Prompt:
    mark = f"[{nonce(seed_of(scenario), index)}] " if scenario.prompt.nonce else ""
    return with_prefix(prompt, prefix + mark) if prefix or mark else prompt


def _count(scenario: Scenario, base: Sequence[Prompt], prefix: str) -> int:
    longest = max(len(p.text or "") + sum(len(m.content) for m in p.messages) for p in base) + len(prefix)
    return max(prompt_count(scenario.requests, scenario.warmup_requests, longest), 1)


def _check_length(scenario: Scenario, slot_ctx: int | None) -> None:
    plan, tokens = scenario.prompt, scenario.prompt.tokens or 0
    if plan.shared_prefix_tokens >= tokens:
        raise UsageError(
            f"a shared prefix of {plan.shared_prefix_tokens} tokens leaves nothing of prompts of {tokens}",
            "lower --shared-prefix or raise --prompt-tokens",
        )
    if slot_ctx is not None and tokens >= slot_ctx:
        raise UsageError(
            f"prompts of {tokens} tokens do not fit a slot of {slot_ctx}", "raise -c or lower --prompt-tokens"
        )
