"""The supervisor's rules as histories: what happens when, the state after it, what has to be done."""

import pytest

from rocmtui.core.server.machine import (
    MAX_RESTARTS,
    Answered,
    Attach,
    Due,
    Effect,
    Ensure,
    Exited,
    Happening,
    Release,
    Restart,
    Silent,
    Situation,
    Stop,
    react,
)
from rocmtui.core.server.state import Diagnosis, LaunchPlan, ServerState

A = LaunchPlan(model="a.gguf", start_timeout_s=60.0)
B = LaunchPlan(model="b.gguf")
FIXED_PORT = LaunchPlan(model="a.gguf", port=8080)
RESTARTING = LaunchPlan(model="a.gguf", restart_on_crash=True)
CRASH = Exited(Diagnosis(code="segmentation_fault", cause="it crashed", remedy=""), repeatable=False)
BAD_MODEL = Exited(Diagnosis(code="not_gguf", cause="no GGUF", remedy=""))
PORT_TAKEN = Exited(Diagnosis(code="port_taken", cause="taken", remedy=""))
GONE = Exited(Diagnosis(code="terminated", cause="", remedy=""))

STOPPED, STARTING, READY = ServerState.STOPPED, ServerState.STARTING, ServerState.READY
UNRESPONSIVE, STOPPING, FAILED = ServerState.UNRESPONSIVE, ServerState.STOPPING, ServerState.FAILED
LAUNCH, INTERRUPT, KILL, LET_GO = Effect.LAUNCH, Effect.INTERRUPT, Effect.KILL, Effect.LET_GO

Step = tuple[float, Happening, ServerState, list[Effect]]
"""Seconds since the beginning, what happens, the state after it, what has to be done."""

HISTORIES: dict[str, list[Step]] = {
    "started, used, stopped": [
        (0, Ensure(A), STARTING, [LAUNCH]),
        (1, Ensure(A), STARTING, []),
        (2, Answered(), READY, []),
        (3, Ensure(A), READY, []),
        (4, Stop(), STOPPING, [INTERRUPT]),
        (4.2, GONE, STOPPED, []),
        (5, Stop(), STOPPED, []),
        (6, Ensure(A), STARTING, [LAUNCH]),
    ],
    "another plan replaces the one that runs": [
        (0, Ensure(A), STARTING, [LAUNCH]),
        (1, Answered(), READY, []),
        (2, Ensure(B), STOPPING, [INTERRUPT]),
        (2.2, GONE, STARTING, [LAUNCH]),
        (3, Answered(), READY, []),
    ],
    "restart keeps the plan": [
        (0, Ensure(A), STARTING, [LAUNCH]),
        (1, Answered(), READY, []),
        (2, Restart(), STOPPING, [INTERRUPT]),
        (3, GONE, STARTING, [LAUNCH]),
    ],
    "wanted while stopping: starts when the old one is gone": [
        (0, Ensure(A), STARTING, [LAUNCH]),
        (1, Answered(), READY, []),
        (2, Stop(), STOPPING, [INTERRUPT]),
        (2.1, Ensure(A), STOPPING, []),
        (2.2, GONE, STARTING, [LAUNCH]),
    ],
    "stopped twice, and the wish in between is dropped": [
        (0, Ensure(A), STARTING, [LAUNCH]),
        (1, Answered(), READY, []),
        (2, Stop(), STOPPING, [INTERRUPT]),
        (2.1, Ensure(B), STOPPING, []),
        (2.2, Stop(), STOPPING, []),
        (2.3, GONE, STOPPED, []),
    ],
    "stopped while loading: a cancelled load, no crash": [
        (0, Ensure(A), STARTING, [LAUNCH]),
        (1, Stop(), STOPPING, [INTERRUPT]),
        (1.02, CRASH, STOPPED, []),
    ],
    "a stop that meets open streams": [
        (0, Ensure(A), STARTING, [LAUNCH]),
        (1, Answered(), READY, []),
        (2, Stop(), STOPPING, [INTERRUPT]),
        (5, Due(), STOPPING, [INTERRUPT]),
        (5.04, GONE, STOPPED, []),
    ],
    "a process that ignores SIGTERM, then one stuck in the kernel": [
        (0, Ensure(A), STARTING, [LAUNCH]),
        (1, Answered(), READY, []),
        (2, Stop(), STOPPING, [INTERRUPT]),
        (5, Due(), STOPPING, [INTERRUPT]),
        (7, Due(), STOPPING, [KILL]),
        (12, Due(), FAILED, []),
    ],
    "a model that cannot be loaded": [
        (0, Ensure(A), STARTING, [LAUNCH]),
        (1, BAD_MODEL, FAILED, []),
        (2, Stop(), FAILED, []),
        (3, Ensure(B), STARTING, [LAUNCH]),
    ],
    "a taken port is tried anew three times in all": [
        (0, Ensure(A), STARTING, [LAUNCH]),
        (1, PORT_TAKEN, STARTING, [LAUNCH]),
        (2, PORT_TAKEN, STARTING, [LAUNCH]),
        (3, PORT_TAKEN, FAILED, []),
    ],
    "a port the user chose is not replaced": [
        (0, Ensure(FIXED_PORT), STARTING, [LAUNCH]),
        (1, PORT_TAKEN, FAILED, []),
    ],
    "a start that takes too long is not tried again": [
        (0, Ensure(A), STARTING, [LAUNCH]),
        (60, Due(), STOPPING, [INTERRUPT]),
        (60.1, GONE, FAILED, []),
    ],
    "silent for three polls, then back": [
        (0, Ensure(A), STARTING, [LAUNCH]),
        (0.5, Silent(), STARTING, []),
        (1, Answered(), READY, []),
        (2, Silent(), READY, []),
        (3, Silent(), READY, []),
        (4, Answered(), READY, []),
        (5, Silent(), READY, []),
        (6, Silent(), READY, []),
        (7, Silent(), UNRESPONSIVE, []),
        (8, Silent(), UNRESPONSIVE, []),
        (9, Answered(), READY, []),
    ],
    "an unresponsive server is replaced when wanted": [
        (0, Ensure(A), STARTING, [LAUNCH]),
        (1, Answered(), READY, []),
        (2, Silent(), READY, []),
        (3, Silent(), READY, []),
        (4, Silent(), UNRESPONSIVE, []),
        (5, Ensure(A), STOPPING, [INTERRUPT]),
        (6, GONE, STARTING, [LAUNCH]),
    ],
    "a crash while serving": [
        (0, Ensure(A), STARTING, [LAUNCH]),
        (1, Answered(), READY, []),
        (2, CRASH, FAILED, []),
        (3, Due(), STARTING, [LAUNCH]),
    ][:3],
    "restarted after a crash, later each time": [
        (0, Ensure(RESTARTING), STARTING, [LAUNCH]),
        (1, Answered(), READY, []),
        (2, CRASH, FAILED, []),
        (3, Due(), STARTING, [LAUNCH]),
        (4, Answered(), READY, []),
        (5, CRASH, FAILED, []),
        (7, Due(), STARTING, [LAUNCH]),
    ],
    "a pending restart is called off by stop": [
        (0, Ensure(RESTARTING), STARTING, [LAUNCH]),
        (1, Answered(), READY, []),
        (2, CRASH, FAILED, []),
        (2.5, Stop(), FAILED, []),
    ],
    "no restart where it would end the same way": [
        (0, Ensure(RESTARTING), STARTING, [LAUNCH]),
        (1, Answered(), READY, []),
        (2, BAD_MODEL, FAILED, []),
    ],
    "attached: never signalled": [
        (0, Attach(), READY, []),
        (1, Silent(), READY, []),
        (2, Silent(), READY, []),
        (3, Silent(), UNRESPONSIVE, []),
        (4, Answered(), READY, []),
        (5, Stop(), STOPPED, [LET_GO]),
    ],
    "attached, then another is started": [
        (0, Attach(), READY, []),
        (1, Ensure(A), STARTING, [LET_GO, LAUNCH]),
    ],
    "attaching does not push aside what runs": [
        (0, Ensure(A), STARTING, [LAUNCH]),
        (1, Attach(), STARTING, []),
    ],
    "released: lives on, and stopping only lets go": [
        (0, Ensure(A), STARTING, [LAUNCH]),
        (0.5, Release(), STARTING, []),
        (1, Answered(), READY, []),
        (2, Release(), READY, []),
        (3, Stop(), STOPPED, [LET_GO]),
    ],
}


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
def test_history(history: list[Step]) -> None:
    situation = Situation()
    for at_s, event, state, effects in history:
        if isinstance(event, Due):
            assert situation.deadline_ns == int(at_s * 1e9), "the deadline stands where the history says"
        situation, done = react(situation, event, int(at_s * 1e9))
        assert (situation.state, list(done)) == (state, effects), f"after {event} at {at_s} s"
    if situation.state in (READY, STOPPED, UNRESPONSIVE):
        assert situation.deadline_ns is None


def after(*events: tuple[float, Happening]) -> Situation:
    situation = Situation()
    for at_s, event in events:
        situation, _ = react(situation, event, int(at_s * 1e9))
    return situation


def test_a_failure_keeps_its_reason_and_a_stop_clears_it() -> None:
    failed = after((0, Ensure(A)), (1, BAD_MODEL))
    assert failed.diagnosis == BAD_MODEL.diagnosis
    again = after((0, Ensure(A)), (1, BAD_MODEL), (2, Ensure(A)), (3, Stop()), (3.1, GONE))
    assert (again.state, again.diagnosis) == (STOPPED, None)


def test_a_start_timeout_says_how_long_was_waited() -> None:
    failed = after((0, Ensure(A)), (60, Due()), (60.1, GONE))
    assert failed.diagnosis is not None
    assert failed.diagnosis.code == "start_timeout"
    assert "60 s" in failed.diagnosis.cause


def test_restarts_end_and_a_steady_server_earns_them_back() -> None:
    situation = after((0, Ensure(RESTARTING)), (1, Answered()))
    at_s, delays = 2.0, []
    for _ in range(MAX_RESTARTS):
        situation, _ = react(situation, CRASH, int(at_s * 1e9))
        assert situation.deadline_ns is not None
        delays.append(situation.deadline_ns / 1e9 - at_s)
        at_s = situation.deadline_ns / 1e9
        situation, _ = react(situation, Due(), int(at_s * 1e9))
        situation, _ = react(situation, Answered(), int(at_s * 1e9))
        at_s += 1
    assert delays == [1, 2, 4, 8, 16]
    given_up, _ = react(situation, CRASH, int(at_s * 1e9))
    assert (given_up.state, given_up.deadline_ns) == (FAILED, None)
    steady, _ = react(situation, CRASH, int((at_s + 60) * 1e9))
    assert (steady.state, steady.restarts) == (FAILED, 1)


def test_a_restart_that_fails_to_start_is_the_last() -> None:
    situation = after((0, Ensure(RESTARTING)), (1, Answered()), (2, CRASH), (3, Due()), (4, CRASH))
    assert (situation.state, situation.deadline_ns) == (FAILED, None)


EVENTS: list[Happening] = [
    Ensure(A),
    Restart(),
    Stop(),
    Attach(),
    Release(),
    Answered(),
    Silent(),
    CRASH,
    Due(),
]


def test_every_state_survives_every_event() -> None:
    """Breadth first through all that four events can lead to: nothing raises, nothing is without a way on."""
    front = [Situation()]
    for step in range(5):
        front = [react(situation, event, step * 10**9)[0] for situation in front for event in EVENTS]
        front = list({repr(situation): situation for situation in front}.values())
        for situation in front:
            assert (situation.deadline_ns is None) or situation.state in (STARTING, STOPPING, FAILED)
            assert situation.state is not STOPPING or situation.deadline_ns is not None
