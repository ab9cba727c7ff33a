"""The life of one supervised server as a pure function: situation and event in, situation and effects out.

What each call does in each state. llama-server handles signals only once loaded: a load is cancelled by the
signal's default action, while a loaded server may wait for its streams, hence the escalation while stopping.

             stopped    starting           ready              unresponsive  stopping          failed
Ensure       launch     wait, or replace   nothing, or        replace       launch when gone  launch
                        if plans differ    replace
Restart      launch     replace            replace            replace       launch when gone  launch
Stop         nothing    stop               stop               stop          only stop         no more restarts
Exited       -          failed, or launch  failed, and maybe  as ready      stopped, failed   -
                        on another port    restart later                    or launch
Due          -          stop, then failed  -                  -             next signal       restart
Silent x 3   -          -                  unresponsive       -             -                 -
Answered     -          ready              ready              ready         -                 -

"Replace" is stop, then launch. An attached server is never signalled: stop only lets go of it. One that is
still loading is waited for as if it were starting.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec
from msgspec.structs import replace

from rocmtui.core.server.diagnosis.explain import STUCK, loading_timeout, start_timeout
from rocmtui.core.server.state import Diagnosis, LaunchPlan, ServerState

SECOND_SIGNAL_NS = 3_000_000_000
"""After this long a second SIGTERM makes llama-server leave its streams."""
KILL_NS = 5_000_000_000
GIVE_UP_NS = 10_000_000_000
"""A process that outlives SIGKILL for this long is stuck in the kernel."""
MAX_PORT_ATTEMPTS = 3
MISSES_UNRESPONSIVE = 3
MAX_RESTARTS = 5
STEADY_NS = 60_000_000_000
"""A server that was ready for this long has earned its restarts back."""
LONGEST_RESTART_DELAY_NS = 30_000_000_000


class Effect(StrEnum):
    """What the supervisor has to do."""

    LAUNCH = "launch"
    INTERRUPT = "interrupt"
    """SIGTERM."""
    KILL = "kill"
    """SIGKILL to the whole group."""
    LET_GO = "let go"
    """Forget the server without a signal."""


class Ensure(msgspec.Struct, frozen=True):
    """A server with this plan is wanted."""

    plan: LaunchPlan


class Restart(msgspec.Struct, frozen=True):
    """A fresh start is wanted; None keeps the plan."""

    plan: LaunchPlan | None = None


class Stop(msgspec.Struct, frozen=True):
    """No server is wanted."""


class Attach(msgspec.Struct, frozen=True):
    """A server we did not start answers and is taken as ours to watch."""

    loading_s: float | None = None
    """It is still loading its model: how long to wait for it."""


class Release(msgspec.Struct, frozen=True):
    """The ready server has been left to itself and is only watched from now on."""


class Answered(msgspec.Struct, frozen=True):
    """/health says ok (and while starting, /props answered too)."""


class Silent(msgspec.Struct, frozen=True):
    """/health did not answer in time, or at all."""

    refused: bool = False
    """Nothing listens at the address."""


class Exited(msgspec.Struct, frozen=True):
    """The process is gone, or could not be started at all."""

    diagnosis: Diagnosis
    repeatable: bool = True
    """The same start would fail the same way, so that trying again is pointless."""


class Due(msgspec.Struct, frozen=True):
    """`Situation.deadline_ns` has come."""


Happening = Ensure | Restart | Stop | Attach | Release | Answered | Silent | Exited | Due


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """All the state machine knows."""

    state: ServerState = ServerState.STOPPED
    since_ns: int = 0
    attached: bool = False
    plan: LaunchPlan | None = None
    """What runs or ran last."""
    next_plan: LaunchPlan | None = None
    """To be launched when the present process is gone."""
    deadline_ns: int | None = None
    """When `Due` is to be reported."""
    attempt: int = 0
    misses: int = 0
    refused: bool = False
    """The last poll found nothing listening."""
    restarts: int = 0
    diagnosis: Diagnosis | None = None


Outcome = tuple[Situation, tuple[Effect, ...]]
_RUNNING = (ServerState.READY, ServerState.UNRESPONSIVE)
_OVER = (ServerState.STOPPED, ServerState.FAILED)


def react(now: Situation, event: Happening, at_ns: int) -> Outcome:
    """What follows from `event` in this situation."""
    match event:
        case Ensure(plan):
            serves = now.state in (ServerState.STARTING, ServerState.READY)
            return (now, ()) if serves and now.plan == plan else _replace(now, plan, at_ns)
        case Restart(plan):
            return _replace(now, plan or now.plan, at_ns)
        case Stop():
            return _stop(now, at_ns)
        case Attach(loading_s) if now.state in _OVER:
            state = ServerState.READY if loading_s is None else ServerState.STARTING
            until_ns = None if loading_s is None else at_ns + int(loading_s * 1e9)
            return Situation(state=state, since_ns=at_ns, attached=True, deadline_ns=until_ns), ()
        case Release() if now.state in _RUNNING and not now.attached:
            return replace(now, attached=True), ()
        case Answered():
            return _answered(now, at_ns), ()
        case Silent() if now.state in _RUNNING:
            return _silent(now, event, at_ns), ()
        case Exited():
            return _exited(now, event, at_ns)
        case Due():
            return _due(now, at_ns)
    return now, ()


def _replace(now: Situation, plan: LaunchPlan | None, at_ns: int) -> Outcome:
    if plan is None:
        return now, ()
    if now.state is ServerState.STOPPING:
        return replace(now, next_plan=plan), ()
    if now.state in _OVER:
        return _launch(plan, at_ns)
    if now.attached:
        starting, effects = _launch(plan, at_ns)
        return starting, (Effect.LET_GO, *effects)
    return _stopping(now, at_ns, next_plan=plan)


def _stop(now: Situation, at_ns: int) -> Outcome:
    if now.state is ServerState.FAILED:
        return replace(now, deadline_ns=None), ()
    if now.state is ServerState.STOPPED:
        return now, ()
    if now.attached:
        return Situation(since_ns=at_ns), (Effect.LET_GO,)
    if now.state is ServerState.STOPPING:
        return replace(now, next_plan=None), ()
    return _stopping(now, at_ns)


def _answered(now: Situation, at_ns: int) -> Situation:
    if now.state is ServerState.READY:
        return replace(now, misses=0) if now.misses else now
    if now.state not in (ServerState.STARTING, ServerState.UNRESPONSIVE):
        return now
    return replace(now, state=ServerState.READY, since_ns=at_ns, deadline_ns=None, misses=0, refused=False)


def _silent(now: Situation, event: Silent, at_ns: int) -> Situation:
    missed = replace(now, misses=now.misses + 1, refused=event.refused)
    if now.state is ServerState.UNRESPONSIVE or missed.misses < MISSES_UNRESPONSIVE:
        return missed
    return replace(missed, state=ServerState.UNRESPONSIVE, since_ns=at_ns)


def _exited(now: Situation, event: Exited, at_ns: int) -> Outcome:
    if now.state is ServerState.STOPPING:
        if now.next_plan is not None:
            return _launch(now.next_plan, at_ns)
        if now.diagnosis is not None:
            return _failed(now, now.diagnosis, at_ns), ()
        return Situation(plan=now.plan, since_ns=at_ns), ()
    if now.state is ServerState.STARTING:
        other_port = event.diagnosis.code == "port_taken" and now.plan is not None and now.plan.port is None
        if other_port and now.attempt < MAX_PORT_ATTEMPTS:
            return replace(now, attempt=now.attempt + 1), (Effect.LAUNCH,)
        return _failed(now, event.diagnosis, at_ns), ()
    if now.state in _RUNNING and not now.attached:
        return _crashed(now, event, at_ns), ()
    return now, ()


def _crashed(now: Situation, event: Exited, at_ns: int) -> Situation:
    failed = _failed(now, event.diagnosis, at_ns)
    restarts = 0 if at_ns - now.since_ns >= STEADY_NS else now.restarts
    wanted = now.plan is not None and now.plan.restart_on_crash and not event.repeatable
    if not wanted or restarts >= MAX_RESTARTS:
        return failed
    delay_ns = min(1_000_000_000 << restarts, LONGEST_RESTART_DELAY_NS)
    return replace(failed, deadline_ns=at_ns + delay_ns, restarts=restarts + 1)


def _due(now: Situation, at_ns: int) -> Outcome:
    if now.state is ServerState.STARTING and now.attached:
        return _failed(now, loading_timeout((at_ns - now.since_ns) / 1e9), at_ns), (Effect.LET_GO,)
    if now.state is ServerState.STARTING:
        timeout_s = now.plan.start_timeout_s if now.plan else 0
        return _stopping(now, at_ns, diagnosis=start_timeout(timeout_s))
    if now.state is ServerState.FAILED and now.plan is not None:
        starting, effects = _launch(now.plan, at_ns)
        return replace(starting, restarts=now.restarts), effects
    if now.state is not ServerState.STOPPING:
        return replace(now, deadline_ns=None), ()
    waited_ns = at_ns - now.since_ns
    if waited_ns >= GIVE_UP_NS:
        return _failed(now, STUCK, at_ns), ()
    kill = waited_ns >= KILL_NS
    next_ns = now.since_ns + (GIVE_UP_NS if kill else KILL_NS)
    effect = Effect.KILL if kill else Effect.INTERRUPT
    return replace(now, deadline_ns=next_ns), (effect,)


def _launch(plan: LaunchPlan, at_ns: int) -> Outcome:
    starting = Situation(
        state=ServerState.STARTING,
        since_ns=at_ns,
        plan=plan,
        attempt=1,
        deadline_ns=at_ns + int(plan.start_timeout_s * 1e9),
    )
    return starting, (Effect.LAUNCH,)


def _stopping(
    now: Situation, at_ns: int, *, next_plan: LaunchPlan | None = None, diagnosis: Diagnosis | None = None
) -> Outcome:
    stopping = Situation(
        state=ServerState.STOPPING,
        since_ns=at_ns,
        plan=now.plan,
        next_plan=next_plan,
        deadline_ns=at_ns + SECOND_SIGNAL_NS,
        diagnosis=diagnosis,
    )
    return stopping, (Effect.INTERRUPT,)


def _failed(now: Situation, diagnosis: Diagnosis, at_ns: int) -> Situation:
    return Situation(
        state=ServerState.FAILED, since_ns=at_ns, plan=now.plan, diagnosis=diagnosis, restarts=now.restarts
    )
