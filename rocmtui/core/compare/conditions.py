"""Under what a run was measured, read from its report."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from rocmtui.core.compare.sides import Conditions
from rocmtui.core.load.scenario import ClosedLoop, Scenario
from rocmtui.core.report.document import Machine, Report


def run_conditions(report: Report) -> Conditions:
    """What must agree between two runs, and the settings that may differ."""
    scenario, server = report.scenario, report.server
    timed = scenario is None or scenario.duration_s is not None or scenario.requests is None
    name = server.model or (server.model_path or "").rsplit("/", 1)[-1]
    return Conditions(
        machine=machine_text(report.machine),
        models={name: server.model_hash} if name else {},
        prompts=None if scenario is None else _prompts(scenario),
        cached_fraction=report.audit.cached_fraction,
        measured_seconds=report.measured_seconds if timed else None,
        measured_requests=None if timed else report.requests.completed,
        settings=_settings(report),
    )


def _prompts(scenario: Scenario) -> str:
    plan = msgspec.to_builtins(scenario.prompt)
    if isinstance(plan.get("text"), str):
        plan["text"] = hashlib.sha256(plan["text"].encode()).hexdigest()[:8]
    for name in ("file", "dataset"):
        plan[name] = (plan.get(name) or "").rsplit("/", 1)[-1]
    shown = [f"{name} {value}" for name, value in plan.items() if value not in (None, "", 0, False)]
    end = "" if scenario.ignore_eos else " at most"
    return f"{', '.join(shown)}; {scenario.endpoint};{end} {scenario.max_tokens} output tokens"


def _settings(report: Report) -> dict[str, str]:
    server, scenario = report.server, report.scenario
    shape = "" if scenario is None else _shape(scenario)
    known: dict[str, object | None] = {
        "build": server.build,
        "backend": server.backend,
        "slots": server.parallel,
        "context": server.n_ctx,
        "load": shape or None,
        "command": _command(server.args) or None,
        "kernel": report.machine.kernel,
        "driver": next((gpu["driver"] for gpu in report.machine.gpus if gpu.get("driver")), None),
    }
    return {name: str(value) for name, value in known.items() if value is not None}


def _command(args: Sequence[str]) -> str:
    """The server's arguments without its port, which is a new one at each start and decides nothing."""
    ports = [index for index, arg in enumerate(args) if arg == "--port"]
    dropped = {0, *ports, *(index + 1 for index in ports)}
    return " ".join(arg for index, arg in enumerate(args) if index not in dropped)


def _shape(scenario: Scenario) -> str:
    if isinstance(scenario.shape, ClosedLoop):
        return f"{scenario.shape.concurrency} workers"
    return f"{scenario.shape.rate:g} requests/s {scenario.shape.arrivals}"


def machine_text(machine: Machine) -> str | None:
    """What makes two machines the same for a comparison: CPU, cores and cards."""
    if machine.cpu is None:
        return None
    cards = [str(gpu.get("name") or gpu.get("pci")) for gpu in machine.gpus]
    return ", ".join((f"{machine.cpu} x{machine.cpu_count}", *cards))
