"""Under what a side was measured, and which differences between two sides forbid a comparison."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from rocmtui.core.host.sample import HostSummary
from rocmtui.core.load.scenario import ClosedLoop, Scenario
from rocmtui.core.report.conversations.text import plan_text, trace_plan_text
from rocmtui.core.report.document import Machine, Report
from rocmtui.core.text import forms

CACHE_TOLERANCE = 0.02
"""Cache hit rates further apart than this are not the same test."""
WINDOW_FACTOR = 2.0
"""Measured windows may differ by this factor, in seconds or in requests."""
_SEEN_ELSEWHERE = {
    "shape",
    "prompt",
    "endpoint",
    "requests",
    "duration_s",
    "max_tokens",
    "ignore_eos",
    "conversations",
}
"""Parts of a scenario that have a condition of their own."""
_NO_CONDITION = {
    *("verify", "verify_under_load", "slo", "max_error_rate", "api_key_env", "nonce", "content_hash")
}

_NOT_OF_THE_MIX = ("nonce_text", "secret", "file", "dataset")
"""Of a prompt plan: what may differ between two runs of the same load, and where it was read."""
_FILES = {"models": "model", "data": "data"}
"""Conditions that are files, and what one of them is called."""


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """Under what a side was measured. None: not recorded, which neither agrees nor disagrees."""

    machine: str | None = None
    """CPU and GPUs; not the kernel or driver, which may be what is compared."""
    models: Mapping[str, str | None] = msgspec.field(default_factory=dict)
    """Name and hash (None: not known) of each model."""
    load: str | None = None
    """Shape and workers or rate."""
    prompts: str | None = None
    """The prompt plan and lengths, spelled out, without the file they came from."""
    data: Mapping[str, str | None] = msgspec.field(default_factory=dict)
    """Name and hash (None: not known) of the file the prompts came from."""
    cached_fraction: float | None = None
    """Share of prompt tokens that came from the server's cache."""
    measured_seconds: float | None = None
    """The window of a run bounded by time; None where a number of requests bounds it."""
    measured_requests: int | None = None
    """The window of a run bounded by requests."""
    nonsense: bool = False
    """Whether what it answered, before the load or in its company, was nonsense."""
    settings: Mapping[str, str] = msgspec.field(default_factory=dict)
    """What may differ on purpose: build, flags, slots, driver, and the rest of the load."""


class Mismatch(msgspec.Struct, frozen=True, kw_only=True):
    """A condition that differs, so that the comparison would mislead."""

    what: str
    a: str
    b: str

    @property
    def text(self) -> str:
        """One line."""
        verb = "differ" if self.what.endswith("s") else "differs"
        return f"{self.what} {verb}: {self.a} against {self.b}"


def mismatches(a: Conditions, b: Conditions) -> tuple[Mismatch, ...]:
    """What must agree and does not: machine, model, load, prompts, cache hit rate, measured window."""
    return tuple(Mismatch(what=what, a=one, b=other) for what, one, other in _unequal(a, b))


def differences(a: Conditions, b: Conditions) -> tuple[str, ...]:
    """Settings that differ, presumably on purpose, a line each."""
    names = dict.fromkeys((*a.settings, *b.settings))
    pairs = ((name, a.settings.get(name, "–"), b.settings.get(name, "–")) for name in names)
    return tuple(
        _flags(one, other) if name == "command" else f"{name}: {one} against {other}"
        for name, one, other in pairs
        if one != other
    )


def _flags(a: str, b: str) -> str:
    """Of two command lines what is not in both: `flags: -fa off against -fa on`."""
    one, other = _options(a), _options(b)
    only_a = " ".join(option for option in one if option not in other)
    only_b = " ".join(option for option in other if option not in one)
    if not only_a and not only_b:
        return "flags: the same in another order"
    return f"flags: {only_a or '–'} against {only_b or '–'}"


def _options(command: str) -> list[str]:
    """Each option with its values."""
    found: list[str] = []
    for word in command.split():
        if found and not word.startswith("-") and found[-1].startswith("-"):
            found[-1] += f" {word}"
        else:
            found.append(word)
    return found


def _unequal(a: Conditions, b: Conditions) -> Iterator[tuple[str, str, str]]:
    for what in ("machine", "models", "load", "prompts", "data"):
        one, other = getattr(a, what), getattr(b, what)
        if what in _FILES:
            yield from ((_FILES[what], *pair) for pair in _other_files(one, other))
        elif one is not None and other is not None and one != other:
            yield what, one, other
    one, other = a.cached_fraction, b.cached_fraction
    if one is not None and other is not None and abs(one - other) > CACHE_TOLERANCE:
        yield "cache hit rate", forms.share(one), forms.share(other)
    for field, unit in (("measured_seconds", "s"), ("measured_requests", "requests")):
        one, other = getattr(a, field), getattr(b, field)
        if one and other and max(one, other) / min(one, other) > WINDOW_FACTOR:
            yield "measured window", f"{forms.figure(one)} {unit}", f"{forms.figure(other)} {unit}"


def _other_files(a: Mapping[str, str | None], b: Mapping[str, str | None]) -> Iterator[tuple[str, str]]:
    """Files of one name must have one hash; a single file on both sides may have two names for it."""
    if len(a) == len(b) == 1:
        (name_a, hash_a), (name_b, hash_b) = *a.items(), *b.items()
        if hash_a and hash_b:
            if hash_a != hash_b:
                yield f"{name_a} {hash_a}", f"{name_b} {hash_b}"
        elif name_a != name_b:
            yield name_a, name_b
    else:
        for name in (name for name in a if a[name] and b.get(name) and a[name] != b[name]):
            yield f"{name} {a[name]}", f"{name} {b[name]}"


def run_conditions(report: Report) -> Conditions:
    """Of a run."""
    scenario, server = report.scenario, report.server
    timed = scenario is None or scenario.duration_s is not None or scenario.requests is None
    name = server.model or (server.model_path or "").rsplit("/", 1)[-1]
    return Conditions(
        machine=machine_text(report.machine),
        models={name: server.model_hash} if name else {},
        load=None if scenario is None else _shape(scenario),
        prompts=None if scenario is None else _prompts(scenario),
        data={} if scenario is None else _data(scenario),
        cached_fraction=report.audit.cached_fraction,
        measured_seconds=report.measured_seconds if timed else None,
        measured_requests=None if timed else report.requests.sent,
        nonsense=bool(report.nonsense),
        settings=_settings(report),
    )


def _shape(scenario: Scenario) -> str:
    if isinstance(scenario.shape, ClosedLoop):
        one = "workers" if scenario.conversations is None else "conversations at a time"
        return f"{scenario.shape.concurrency} {one}"
    return f"{scenario.shape.rate:g} requests/s {scenario.shape.arrivals}"


def _prompts(scenario: Scenario) -> str:
    plan = msgspec.to_builtins(scenario.prompt)
    if isinstance(plan.get("text"), str):
        plan["text"] = hashlib.sha256(plan["text"].encode()).hexdigest()[:8]
    scale = plan.pop("time_scale")
    shown = [
        f"{name} {value}"
        for name, value in plan.items()
        if value not in (None, "", 0, False) and name not in _NOT_OF_THE_MIX
    ]
    shown += [f"times by {scale:g}"] if scale != 1.0 else []
    if scenario.conversations is not None:
        shown.insert(0, plan_text(scenario.conversations))
    if scenario.trace is not None:
        shown.insert(0, trace_plan_text(scenario.trace))
    end = "" if scenario.ignore_eos else " at most"
    return f"{', '.join(shown)}; {scenario.endpoint};{end} {scenario.max_tokens} output tokens"


def _data(scenario: Scenario) -> dict[str, str | None]:
    """Name and hash of the file the prompts came from; empty where they came from none."""
    trace = None if scenario.trace is None else scenario.trace.file
    file = scenario.prompt.file or scenario.prompt.dataset or trace
    return {} if file is None else {file.rsplit("/", 1)[-1]: scenario.content_hash}


def _settings(report: Report) -> dict[str, str]:
    server, scenario = report.server, report.scenario
    rest = {} if scenario is None else msgspec.to_builtins(scenario)
    serving = [gpu.name for gpu in report.gpu if gpu.server_vram_peak_bytes]
    known: dict[str, object | None] = {
        "build": server.build,
        "program": server.program.digest if server.program is not None else None,
        "backend": server.backend,
        "slots": server.parallel,
        "context": server.n_ctx,
        "command": _command(server.args) or None,
        "GPU": ", ".join(serving) or None,
        "kernel": report.machine.kernel,
        "driver": next((gpu["driver"] for gpu in report.machine.gpus if gpu.get("driver")), None),
        **_host(report.host),
        "in flight at most": getattr(scenario.shape, "max_in_flight", None) if scenario else None,
        **{
            name.replace("_", " "): value
            for name, value in rest.items()
            if name not in _SEEN_ELSEWHERE | _NO_CONDITION
        },
    }
    return {name: str(value) for name, value in known.items() if value is not None}


def _host(host: HostSummary | None) -> dict[str, object | None]:
    """What the server might use of its machine, and how that was set."""
    if host is None:
        return {}
    limit = host.memory_limit_bytes
    return {
        "cores": host.cores,
        "CPU quota": None if host.quota_cores is None else f"{host.quota_cores:g}",
        "memory limit": None if limit is None else forms.size(limit),
        "working threads": host.working_threads,
        "physical cores": host.physical_cores,
        "fast cores": host.fast_cores,
        "NUMA nodes": host.numa_nodes,
        "NUMA balancing": None if host.numa_balancing is None else ("on" if host.numa_balancing else "off"),
        "huge pages": host.huge_pages,
        "governor": host.governor,
        "energy preference": host.preference,
        "power profile": host.profile,
        "on battery": "yes" if host.on_battery else None,
    }


def _command(args: Sequence[str]) -> str:
    """The server's arguments without its port, which is a new one at each start and decides nothing."""
    ports = [index for index, arg in enumerate(args) if arg == "--port"]
    dropped = {0, *ports, *(index + 1 for index in ports)}
    return " ".join(arg for index, arg in enumerate(args) if index not in dropped)


def machine_text(machine: Machine) -> str | None:
    """What makes two machines the same for a comparison: CPU, cores and cards."""
    if machine.cpu is None:
        return None
    cards = [str(gpu.get("name") or gpu.get("pci")) for gpu in machine.gpus]
    return ", ".join((f"{machine.cpu} x{machine.cpu_count}", *cards))
