"""What the supervisor tells the user about a server, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rocmtui.core.server.log.line import LogLevel
from rocmtui.core.server.log.stages import HOST, LoadStages
from rocmtui.core.server.machine import MAX_PORT_ATTEMPTS, MAX_RESTARTS, Situation
from rocmtui.core.server.models import listed
from rocmtui.core.server.state import (
    Diagnosis,
    LaunchPlan,
    LocalProcess,
    ServerFacts,
    ServerState,
    ServerStatus,
    StageMark,
)
from rocmtui.core.text import forms
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import RocmtuiError, ServerStartError

CANCELLED = Diagnosis(code="cancelled", cause="the start was cancelled", remedy="")

Notice = tuple[LogLevel, str, str]
"""Level, text, code."""


SUSPENDED = "its process is suspended (SIGSTOP): `kill -CONT` wakes it"
SILENT, SPEAKS_AGAIN = "unresponsive", "responsive"
"""The codes of the notices that a server does not answer any more, and answers again."""
_SERVING = (ServerState.READY, ServerState.UNRESPONSIVE)


def change_words(before: Situation, now: Situation) -> Iterator[Notice]:
    """What a change of situation is worth telling; a start that fails is told by its status and error."""
    if now.attempt > before.attempt >= 1 and now.state is before.state is ServerState.STARTING:
        text = f"the port was taken meanwhile: trying another ({now.attempt} of {MAX_PORT_ATTEMPTS})"
        yield "warning", text, "port_taken"
    if now.state is before.state:
        return
    if now.state is ServerState.UNRESPONSIVE:
        yield "warning", "the server does not answer any more", SILENT
    elif now.state is ServerState.READY and before.state is ServerState.UNRESPONSIVE:
        yield "info", "the server answers again", SPEAKS_AGAIN
    elif now.state is ServerState.FAILED and now.diagnosis is not None and before.state in _SERVING:
        yield "error", f"{now.diagnosis.cause}; {now.diagnosis.remedy}", now.diagnosis.code
        if now.deadline_ns is not None:
            yield "info", _restart_words(now), "restart"


def note_words(now: Situation, *, suspended: bool, model_state: str | None = None) -> str | None:
    """What stands beside the state."""
    if now.state is ServerState.UNRESPONSIVE and suspended:
        return SUSPENDED
    if now.state is ServerState.UNRESPONSIVE and now.refused:
        return "nothing listens at its address any more"
    if now.state is ServerState.FAILED and now.deadline_ns is not None:
        return _restart_words(now)
    if now.state is ServerState.STARTING and now.attached:
        return "it is still loading its model"
    if now.state is ServerState.READY and model_state not in (None, "loaded"):
        return model_state_words("its model", model_state or "")
    return None


def what_a_load_lacks(status: ServerStatus) -> tuple[str, str]:
    """Why no load can start on this server, and the remedy; two empty texts where one can."""
    state = status.state
    if state is ServerState.READY and status.url is not None:
        return "", ""
    if state in (ServerState.STARTING, ServerState.STOPPING):
        remedy = "wait until it is done"
    elif status.attached:
        remedy = "start it again where it runs, or attach to another"
    elif state is ServerState.UNRESPONSIVE:
        remedy = "wait until it answers, or start it again"
    else:
        remedy = "start a model, or attach to a server"
    return f"the server is {state.value}, not ready", remedy


def _restart_words(now: Situation) -> str:
    delay_s = ((now.deadline_ns or now.since_ns) - now.since_ns) / 1e9
    return f"starting again in {forms.duration(delay_s)} ({now.restarts} of {MAX_RESTARTS})"


def failed_launch(error: RocmtuiError) -> Diagnosis:
    """A start that could not even begin."""
    proof = error.proof if isinstance(error, ServerStartError) else ()
    code = error.code if isinstance(error, ServerStartError) else "usage"
    return Diagnosis(code=code, cause=error.message, remedy=error.remedy or "", proof=proof)


def ready_words(stages: LoadStages, plan: LaunchPlan, *, expected: bool) -> Iterator[Notice]:
    """What a start is worth telling once it is done; `expected`: the model was meant for a GPU."""
    done, total = stages.layers_offloaded, stages.layers_total
    if expected and stages.backend == HOST:
        yield (
            "warning",
            "there is a GPU, but llama-server loaded the model into main memory and serves on the CPU: it "
            "found no GPU it can use (`rocmtui doctor` says why; `--gpu none` says that the CPU is meant)",
            "cpu_fallback",
        )
    elif expected and stages.memory and plan.gpu_layers is None and done is not None and done < (total or 0):
        text = f"only {done} of {total} layers are on the GPU: the rest runs on the CPU and slows every token"
        yield "warning", text, "partial_offload"
    if stages.ctx_reduced:
        before, after = stages.ctx_reduced
        text = f"llama-server reduced the context from {before} to {after} tokens to fit the GPU's memory"
        yield "warning", text, "ctx_reduced"
    if stages.config_file:
        text = f"llama-server also follows its own settings in {stages.config_file}"
        yield "info", text, "config_file"


def kept_words(url: str, pid: int | None, log_file: str) -> str:
    """A server was left running: how to reach and how to end it."""
    return f"the server runs on at {url}; its log goes to {log_file}; `kill {pid}` ends it"


def start_awaits(
    health: str,
    url: str,
    stages: Sequence[StageMark],
    stranger: LocalProcess | None,
    model: str | None,
) -> str:
    """What a start is waiting for."""
    if stranger is not None:
        name = clean_line(stranger.command[0].rpartition("/")[2], 60) if stranger.command else "a program"
        served = f" and serves {clean_line(model, 80)}" if model else ""
        return f"{url} is answered by {name} (pid {stranger.pid}){served}, not by what was started"
    state = {
        "refused": f"nothing listens at {url} yet",
        "loading": f"{url} answers that it is loading",
        "timeout": f"{url} takes connections but does not answer",
        "ok": f"{url} answers, but does not say what it serves",
    }.get(health, f"{url} does not answer as a server does")
    last = stages[-1] if stages else None
    return f"{state}; llama-server's log says: {last.name} {last.detail}".rstrip() if last else state


def outside_words(pid: int) -> str:
    """What serves was not started by us, though on our behalf."""
    return (
        f"the server is pid {pid}, outside of what was started here (a container, or a session of its own): "
        "it is asked to end with a signal of its own"
    )


def left_words(outside: LocalProcess | None, url: str) -> str:
    """What serves could not be ended."""
    who = f"pid {outside.pid}" if outside is not None else "another program"
    return f"{who} still serves at {url} and cannot be ended from here: stop its container or service"


def model_state_words(model: str, state: str) -> str:
    """What a router does with a model."""
    said = {
        "loaded": "is loaded",
        "loading": "is being loaded",
        "unloaded": "was unloaded: the next request loads it again",
        "sleeping": "sleeps: the next request wakes it",
        "downloading": "is being downloaded",
    }
    return f"{clean_line(model, 80)} {said.get(state, f'is {clean_line(state, 20)}')}"


def taken_words(facts: ServerFacts) -> str:
    """Which of several models was taken, nobody having named one."""
    others = listed([name for name in facts.models if name != facts.model])
    return f"{clean_line(facts.model or 'a model', 80)} is taken; -a NAME chooses another: {others}"
