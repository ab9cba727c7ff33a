"""Verifying over this machine: servers started one after the other, references made, kept and read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from rocmtui.adapters.machine.api_key import read_api_key
from rocmtui.adapters.models.fingerprint import model_hash
from rocmtui.adapters.runs.references import kept_reference, read_reference, write_reference
from rocmtui.adapters.wire.asker import HttpAsker
from rocmtui.core.answers.reference import Reference
from rocmtui.core.answers.verification import Verification
from rocmtui.core.server.state import LaunchPlan, ServerState, ServerStatus
from rocmtui.errors import ServerError, UsageError
from rocmtui.services.answers.reference import make_passages
from rocmtui.services.answers.verify import verify
from rocmtui.services.session.live import LiveSession

Tell = Callable[[str], None]
LEAST_CTX = 1024
"""Context of a slot that the short texts need."""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A server to be asked: one to start, or one that runs already."""

    plan: LaunchPlan | None = None
    url: str | None = None
    api_key_env: str | None = None
    model: str | None = None
    """Name to ask for, where a server has several."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What `verify` was asked for."""

    subject: Subject
    against: Subject | None = None
    """A server as reference."""
    file: Path | None = None
    """A saved reference."""
    save: Path | None = None
    """Where the subject's own answers are to be saved."""
    depth: int | None = None
    max_kl: float


def cpu_plan(plan: LaunchPlan, depth: int | None) -> LaunchPlan:
    """The same file on the CPU: slow and right."""
    return LaunchPlan(
        model=plan.model,
        parallel=1,
        ctx_per_slot=LEAST_CTX + (depth or 0),
        gpu_layers="0",
        flash_attn="off",
        server_bin=plan.server_bin,
        gpu="none",
        start_timeout_s=plan.start_timeout_s,
    )


async def verification(session: LiveSession, wanted: Wanted, tell: Tell) -> Verification | None:
    """Make or read the reference, then look at the subject; None where only a reference was to be saved."""
    compares = wanted.against is not None or wanted.file is not None
    reference = await _reference(session, wanted, tell) if compares else None
    async with _ready(session, wanted.subject) as (asker, status):
        if wanted.save is not None:
            tell("asking for answers to save")
            write_reference(wanted.save, await _made(asker, status, wanted))
        if reference is None:
            return None
        slots = status.facts.parallel or 1
        tell(f"comparing, alone{f' and on {slots} slots at once' if slots > 1 else ''}")
        return await verify(
            asker, reference, slots=slots, max_kl=wanted.max_kl, subject=_name(status, wanted.subject)
        )


async def cpu_reference(session: LiveSession, plan: LaunchPlan) -> Reference:
    """Of a model on the CPU, as kept or made now. Raises ServerError."""
    subject = Subject(plan=cpu_plan(plan, None))
    return await _reference(session, Wanted(subject=subject, against=subject, max_kl=0.0), lambda _: None)


async def _reference(session: LiveSession, wanted: Wanted, tell: Tell) -> Reference:
    if wanted.file is not None:
        return read_reference(wanted.file)
    assert wanted.against is not None
    kept = _kept(wanted)
    if kept is not None and kept.is_file():
        return read_reference(kept)
    tell("making the reference")
    async with _ready(session, wanted.against) as (asker, status):
        made = await _made(asker, status, wanted)
    if kept is not None:
        write_reference(kept, made)
    return made


def _kept(wanted: Wanted) -> Path | None:
    """Where the CPU's answers are kept; those of other servers are made anew each time."""
    against = wanted.against.plan if wanted.against else None
    if against is None or against.gpu != "none":
        return None
    return kept_reference(model_hash(against.model), wanted.depth)


async def _made(asker: HttpAsker, status: ServerStatus, wanted: Wanted) -> Reference:
    way = await asker.way()
    if way is None:
        raise ServerError("the reference answers no question", "is it a model that completes text?")
    depths = (0, wanted.depth) if wanted.depth else (0,)
    plan = status.plan
    return Reference(
        way=way,
        model=status.facts.model or "",
        model_hash=model_hash(plan.model) if plan else None,
        made_with=_name(status, None),
        passages=await make_passages(asker, way, depths),
    )


@asynccontextmanager
async def _ready(session: LiveSession, subject: Subject) -> AsyncIterator[tuple[HttpAsker, ServerStatus]]:
    """Start or attach, ask, let go. Raises ServerError where it does not become ready."""
    if subject.plan is not None:
        status = await session.start_server(subject.plan)
    elif subject.url is not None:
        status = await session.attach(subject.url, subject.api_key_env, model=subject.model)
    else:
        raise UsageError("no server to ask", "give -m MODEL or --url URL")
    if status.state is not ServerState.READY or status.url is None:
        raise session.server_error()
    env = subject.plan.api_key_env if subject.plan else subject.api_key_env
    asker = HttpAsker(status.url, read_api_key(env), subject.model or status.facts.model)
    try:
        yield asker, status
    finally:
        await asker.close()
        await session.stop_server()


def _name(status: ServerStatus, subject: Subject | None) -> str:
    """Model, build and backend, as one line."""
    facts = status.facts
    name = (subject.model if subject else None) or facts.model or "a server"
    cpu = status.plan is not None and status.plan.gpu == "none"
    parts = (
        name,
        facts.build,
        "on the CPU" if cpu else facts.backend,
        status.url if status.attached else None,
    )
    return ", ".join(part for part in parts if part)
