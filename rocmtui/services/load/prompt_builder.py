"""Builds the prompts of a load from what its scenario asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Protocol

import msgspec

from rocmtui.core.load.conversation import Conversation
from rocmtui.core.load.prompts import (
    characters_of,
    nonce,
    prompt_count,
    random_words,
    seed_of,
    to_prompt,
    with_prefix,
)
from rocmtui.core.load.scenario import WHOLE, ClosedLoop, Endpoint, Prompt, PromptPlan, Scenario
from rocmtui.core.load.workload import ConversationPlan, TracePlan
from rocmtui.core.text import forms
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import UsageError
from rocmtui.services.load.conversation_feed import Conversations
from rocmtui.services.load.conversations.conversation_builder import ConversationBuilder
from rocmtui.services.load.exact_prompts import (
    LengthBuilder,
    PromptSet,
    Tokenizer,
    countable_words,
    reuse_notice,
)
from rocmtui.services.load.prompt_feed import Unheld

if TYPE_CHECKING:
    from rocmtui.services.load.conversations.trace_builder import Trace

MOST_TEXTS = 4096
"""Texts of which requests with many inputs are made."""
QUERY_WORDS = 8


class DataSet(Protocol):
    """The prompts of a data set, and the conversations they are, if any."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int) -> Prompt: ...

    @property
    def conversations(self) -> Sequence[Conversation] | None: ...
    @property
    def left_out(self) -> tuple[str, ...]:
        """Names of what was not understood."""

    @property
    def timed(self) -> bool:
        """Whether any of its entries says when it was."""

    def at_their_times(self, scale: float) -> Sequence[Conversation]:
        """Conversations that are due at their times, which are multiplied by `scale`."""


class PromptSource(Protocol):
    """Reads prompt files; raises UsageError (adapters/prompt_files.py)."""

    def text(self, path: str) -> str: ...
    def dataset(self, path: str, endpoint: Endpoint, *, lenient: bool = False) -> DataSet: ...
    def trace(self, plan: TracePlan, seed: int) -> Trace: ...
    def content_hash(self, path: str) -> str:
        """Tells what a file holds apart from what others do."""


async def build_prompts(
    scenario: Scenario, tokenizer: Tokenizer, source: PromptSource, *, slot_ctx: int | None = None
) -> PromptSet:
    """The prompts of a scenario, those of its neighbour too.

    `slot_ctx` is the context of one slot where it is known. Raises UsageError when the plan cannot be:
    an unreadable file, a length no prompt can have or no slot can hold.
    """
    if scenario.endpoint in WHOLE:
        built = await _batches(scenario, tokenizer, source, slot_ctx)
    else:
        built = await _own_prompts(scenario, tokenizer, source, slot_ctx)
    trace = None if scenario.trace is None else scenario.trace.file
    if (file := scenario.prompt.file or scenario.prompt.dataset or trace) is not None:
        known = await asyncio.to_thread(source.content_hash, file)
        built = msgspec.structs.replace(built, content_hash=known)
    plan = scenario.neighbour
    if plan is None:
        return built
    its = PromptPlan(tokens=plan.tokens, nonce_text=f"neighbour {seed_of(scenario)}")
    beside = msgspec.structs.replace(scenario, prompt=its, requests=plan.requests, warmup_requests=0)
    _check_length(beside, slot_ctx)
    long = await LengthBuilder(beside, tokenizer, plan.tokens).build()
    assert isinstance(long.prompts, Sequence)
    prompts = tuple(msgspec.structs.replace(prompt, max_tokens=1) for prompt in long.prompts)
    return msgspec.structs.replace(built, neighbour=prompts, notices=(*built.notices, *long.notices))


async def _batches(
    scenario: Scenario, tokenizer: Tokenizer, source: PromptSource, slot_ctx: int | None
) -> PromptSet:
    """As many texts in each prompt as its request takes; ranked by the first words of the first of them."""
    batch = scenario.batch
    texts = msgspec.structs.replace(
        scenario,
        requests=None if scenario.requests is None else scenario.requests * batch,
        warmup_requests=scenario.warmup_requests * batch,
    )
    built = await _own_prompts(texts, tokenizer, source, slot_ctx)
    if isinstance(built.prompts, Conversations):
        raise UsageError(f"--endpoint {scenario.endpoint} has no conversations", "give lines with a prompt")
    found = [prompt.text or "" for prompt in islice(built.prompts, MOST_TEXTS)]
    groups = [
        [found[(start + n) % len(found)] for n in range(batch)] for start in range(0, len(found), batch)
    ]
    prompts = tuple(
        Prompt(text=" ".join(group[0].split()[:QUERY_WORDS]), inputs=tuple(group)) for group in groups
    )
    return PromptSet(prompts=prompts, notices=built.notices)


async def _own_prompts(
    scenario: Scenario, tokenizer: Tokenizer, source: PromptSource, slot_ctx: int | None
) -> PromptSet:
    plan = scenario.prompt
    if scenario.trace is not None:
        from rocmtui.services.load.conversations.trace_builder import TraceBuilder

        trace = await asyncio.to_thread(source.trace, scenario.trace, scenario.seed)
        return await TraceBuilder(scenario, tokenizer, trace).build(slot_ctx)
    if plan.tokens is not None:
        _check_length(scenario, slot_ctx)
        return await LengthBuilder(scenario, tokenizer, plan.tokens).build()
    if plan.dataset is not None:
        data = await asyncio.to_thread(source.dataset, plan.dataset, scenario.endpoint, lenient=plan.lenient)
        return await _of_data(scenario, tokenizer, data)
    if scenario.conversations is not None:
        return await ConversationBuilder(scenario, scenario.conversations, tokenizer).build()
    text = source.text(plan.file) if plan.file is not None else plan.text or ""
    base = to_prompt(text, scenario.endpoint)
    prefix, notices = await _shared_prefix(scenario, tokenizer)
    count = _count(scenario, base, prefix) if plan.nonce else 1
    prompts = tuple(_begun(base, scenario, index, prefix) for index in range(count))
    return PromptSet(prompts=prompts, notices=(*notices, *reuse_notice(scenario, len(prompts))))


async def _of_data(scenario: Scenario, tokenizer: Tokenizer, data: DataSet) -> PromptSet:
    plan = scenario.conversations
    notices = _data_notices(data, heeds_times=scenario.prompt.timed)
    talks = None
    if scenario.prompt.timed:
        talks = await asyncio.to_thread(data.at_their_times, scenario.prompt.time_scale)
    elif isinstance(scenario.shape, ClosedLoop):
        talks = data.conversations
    if talks is not None:
        plan = plan or ConversationPlan()
        built = await ConversationBuilder(scenario, plan, tokenizer, talks).build()
        return msgspec.structs.replace(built, notices=(*notices, *built.notices), conversations=plan)
    if plan is not None:
        raise UsageError(
            "no two lines of the data set belong together: there are no conversations in it",
            'give lines of one conversation the same "session_id", or leave --conversations out',
        )
    prefix, told = await _shared_prefix(scenario, tokenizer)
    unheld = Unheld(data, lambda entry, index: _begun(entry, scenario, index, prefix))
    return PromptSet(prompts=unheld, notices=(*notices, *told, *_lines_notice(scenario, len(data))))


async def _shared_prefix(scenario: Scenario, tokenizer: Tokenizer) -> tuple[str, list[str]]:
    """Words that all prompts begin with, and what to say of them."""
    tokens = scenario.prompt.shared_prefix_tokens
    if not tokens:
        return "", []
    known = await countable_words(tokenizer)
    words = random_words(seed_of(scenario), -1, round(tokens / known.tokens_each), known.words)
    return " ".join(words) + "\n\n", [known.notice] if known.notice else []


def _data_notices(data: DataSet, *, heeds_times: bool) -> list[str]:
    """What of a data set is not heeded."""
    notices = []
    if data.left_out:
        notices.append(
            f"left out of the data set, not understood: {clean_line(', '.join(data.left_out), 200)}"
        )
    if data.timed and not heeds_times:
        notices.append("the data set says when its requests came: --timed heeds that")
    return notices


def _lines_notice(scenario: Scenario, lines: int) -> list[str]:
    """What a load of known length does not send of a data set, or sends again."""
    if scenario.requests is None:
        return []
    total = scenario.requests + scenario.warmup_requests
    if total < lines:
        return [f"the data set has {forms.plural(lines, 'prompt')}, of which the first {total} are sent"]
    return (
        [f"the data set has {forms.plural(lines, 'prompt')}, sent again and again"] if total > lines else []
    )


def _begun(prompt: Prompt, scenario: Scenario, index: int, prefix: str) -> Prompt:
    mark = f"[{nonce(seed_of(scenario), index)}] " if scenario.prompt.nonce else ""
    return with_prefix(prompt, prefix + mark) if prefix or mark else prompt


def _count(scenario: Scenario, base: Prompt, prefix: str) -> int:
    longest = characters_of(base) + len(prefix)
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
