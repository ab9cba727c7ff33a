"""What llama-server's own endpoints say, read tolerantly: years of builds answer in different shapes."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Any

import msgspec

from rocmtui.core.server.models import OfferedModel
from rocmtui.core.server.state import ServerFacts, SlotReading
from rocmtui.core.text import forms
from rocmtui.core.text.late_regex import LateRegex
from rocmtui.core.text.untrusted_json import UNREADABLE

_METRIC = LateRegex(
    r'^llamacpp:(\w+)(?:\{position="(\d{1,3})"\})? (\d{1,15}(?:\.\d+)?(?:e\+\d\d?)?)$', re.MULTILINE
)


class _Generation(msgspec.Struct, frozen=True):
    n_ctx: int | None = None


class _Props(msgspec.Struct, frozen=True):
    role: str | None = None
    default_generation_settings: _Generation | None = None
    total_slots: int | None = None
    model_alias: str | None = None
    model_path: str | None = None
    model_ftype: str | None = None
    endpoint_slots: bool | None = None
    build_info: Any = None
    is_sleeping: bool = False


class Props(msgspec.Struct, frozen=True):
    """/props: the facts, and what the watch must know."""

    facts: ServerFacts
    is_router: bool = False
    is_sleeping: bool = False


class _Token(msgspec.Struct, frozen=True):
    n_decoded: int = 0
    n_remain: int | None = None


class _Slot(msgspec.Struct, frozen=True):
    id: int
    n_ctx: int = 0
    is_processing: bool | None = None
    state: int | None = None
    """Builds before 2025: 0 is idle."""
    id_task: int | None = None
    n_past: int | None = None
    n_prompt_tokens: int | None = None
    n_prompt_tokens_processed: int | None = None
    n_prompt_tokens_cache: int | None = None
    next_token: tuple[_Token, ...] | _Token | None = None


class RequestGauges(msgspec.Struct, frozen=True):
    """Requests the server holds, and tokens it has done, from /metrics."""

    processing: int | None = None
    deferred: int | None = None
    prefilled_total: int | None = None
    decoded_total: int | None = None
    """Six digits are printed: above a million it moves in steps of ten."""


def read_props(body: bytes) -> Props | None:
    """None where the body is no llama-server's /props."""
    try:
        props = msgspec.json.decode(body, type=_Props)
    except UNREADABLE:
        return None
    if props.role is None and props.default_generation_settings is None and props.total_slots is None:
        return None
    name = props.model_alias or props.model_path
    generation = props.default_generation_settings
    facts = ServerFacts(
        build=props.build_info if isinstance(props.build_info, str) else None,
        model=name.rsplit("/", 1)[-1] if name else None,
        model_path=props.model_path or None,
        quantization=forms.quantization(props.model_ftype) if props.model_ftype else None,
        parallel=props.total_slots,
        n_ctx=generation.n_ctx if generation else None,
        slots_endpoint=props.endpoint_slots is not False,
    )
    return Props(facts, props.role == "router", props.is_sleeping)


def add_model(facts: ServerFacts, model: OfferedModel) -> ServerFacts:
    """`facts` with what /v1/models says of the model."""
    sizes = model.sizes
    return msgspec.structs.replace(
        facts,
        model=facts.model or model.id,
        model_bytes=sizes.size,
        n_params=sizes.n_params,
        n_ctx_train=sizes.n_ctx_train,
    )


def read_slots(body: bytes) -> tuple[SlotReading, ...] | None:
    """None where the body is no list of slots."""
    try:
        return tuple(map(_reading, msgspec.json.decode(body, type=tuple[_Slot, ...])))
    except UNREADABLE:
        return None


def _reading(slot: _Slot) -> SlotReading:
    token = slot.next_token[0] if isinstance(slot.next_token, tuple) and slot.next_token else slot.next_token
    token = token if isinstance(token, _Token) else _Token()
    remaining = token.n_remain
    counted = slot.n_prompt_tokens if slot.n_prompt_tokens_processed is not None else slot.n_past
    return SlotReading(
        id=slot.id,
        n_ctx=slot.n_ctx,
        is_processing=slot.is_processing if slot.is_processing is not None else bool(slot.state),
        task=slot.id_task if slot.id_task is not None and slot.id_task >= 0 else None,
        ctx_tokens=counted,
        prompt_processed=slot.n_prompt_tokens_processed,
        prompt_cached=slot.n_prompt_tokens_cache,
        decoded=token.n_decoded,
        remaining=remaining if remaining is not None and remaining >= 0 else None,
    )


def read_requests(body: str) -> RequestGauges:
    """The live gauges of /metrics and two of its counters."""
    found = {name: int(float(value)) for name, _, value in _METRIC.findall(body)}
    names = ("requests_processing", "requests_deferred", "prompt_tokens_total", "tokens_predicted_total")
    return RequestGauges(*map(found.get, names))


class DraftCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The server's own counters of its drafts, since it started."""

    drafts: int = 0
    """Times that a draft was checked."""
    drafted: int = 0
    accepted: int = 0
    by_position: tuple[int, ...] = ()
    """Accepted at each place of a draft."""

    def since(self, before: DraftCounts) -> DraftCounts:
        """What was added."""
        pairs = zip_longest(self.by_position, before.by_position, fillvalue=0)
        return DraftCounts(
            drafts=self.drafts - before.drafts,
            drafted=self.drafted - before.drafted,
            accepted=self.accepted - before.accepted,
            by_position=tuple(now - then for now, then in pairs),
        )


def read_drafts(text: str) -> DraftCounts | None:
    """The counters in the text of /metrics; None where it has none."""
    found = [(name, place, round(float(value))) for name, place, value in _METRIC.findall(text)]
    totals = {name: value for name, place, value in found if not place}
    names = ("drafts", "draft_tokens", "accepted_tokens")
    drafts, drafted, accepted = (totals.get(f"spec_decode_num_{name}_total") for name in names)
    if drafts is drafted is accepted is None:
        return None
    places = {int(place): value for _, place, value in found if place}
    return DraftCounts(
        drafts=drafts or 0,
        drafted=drafted or 0,
        accepted=accepted or 0,
        by_position=tuple(places.get(place, 0) for place in range(max(places, default=-1) + 1)),
    )
