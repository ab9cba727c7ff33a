"""The status of a server, put together from the state machine and the run."""

from __future__ import annotations

import msgspec

from rocmtui.core.server.found import hide_keys
from rocmtui.core.server.machine import Situation
from rocmtui.core.server.state import LaunchPlan, ServerState, ServerStatus
from rocmtui.core.server.words import note_words
from rocmtui.services.server.run import ServerRun


def status_of(situation: Situation, run: ServerRun | None) -> ServerStatus:
    """What is known of the server, for all who show or record it."""
    alive = situation.state not in (ServerState.STOPPED, ServerState.FAILED)
    status = ServerStatus(
        state=situation.state,
        since_ns=situation.since_ns,
        attached=situation.attached,
        plan=_shown(situation.plan),
        diagnosis=situation.diagnosis if situation.state is ServerState.FAILED else None,
        note=note_words(
            situation,
            suspended=alive and run is not None and run.serving.is_suspended(),
            model_state=run.model_state if run is not None else None,
        ),
    )
    if run is None:
        return status
    launched = run.launched
    return msgspec.structs.replace(
        status,
        pid=run.serving.pid if alive else None,
        url=run.url if alive else None,
        command=run.serving.command,
        binary_source=launched.binary_source if launched else None,
        environment=launched.environment if launched else (),
        stages=run.log.stages.stages,
        facts=run.facts,
    )


def _shown(plan: LaunchPlan | None) -> LaunchPlan | None:
    """The plan without the keys in it: a start refused for its key is told and recorded too."""
    return plan and msgspec.structs.replace(plan, extra_args=hide_keys(plan.extra_args))
