"""A sweep: what was tried, what is best, and the command line that serves like it."""

from __future__ import annotations

import shlex

import msgspec
from msgspec.structs import replace

from rocmtui.core.load.scenario import ClosedLoop, OpenLoop, Scenario
from rocmtui.core.report.document import Machine, Report, Tool
from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.stats.quantiles import known
from rocmtui.core.sweep.plan import Level, SweepGoal, advised
from rocmtui.core.text import forms
from rocmtui.core.text.documents import read_document
from rocmtui.core.text.sizes import counted, slots_text

SCHEMA = "rocmtui.sweep/1"
MOST_FAILED = 0.01
"""A level with a larger share of failed requests does not count."""
USUAL_PORT = "8080"
DOUBT_ALLOWED = 0.03
"""Several rates are looked at, and 5 % of searches may be wrong."""
CONFIRMING_TIME = 10
"""How much longer a load that confirms is."""
OTHER_SEED = 7919
"""Added to the seed of a load that confirms, with the load itself: no two look at the same arrivals."""


class SweepPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A whole sweep."""

    goal: SweepGoal
    launch: LaunchPlan | None = None
    """The server to start; None: one that runs already."""
    url: str | None = None
    model: str | None = None
    """Which of the models that are served at `url`."""
    start_timeout_s: float = 600.0
    """How long a server at `url` may take to load its model."""
    scenario: Scenario
    """The load of every level, but for its concurrency or rate; an open loop for the axis `rate`."""
    title: str = ""

    def scenario_for(self, load: float, *, confirms: bool = False) -> Scenario:
        """The load of one level; each worker warms up with one request.

        One that confirms has other prompts and arrivals, and is ten times as long.
        """
        scenario, given = self.scenario, self.scenario.shape
        if confirms:
            scenario = replace(
                scenario,
                seed=scenario.seed + OTHER_SEED + round(1000 * load),
                duration_s=scenario.duration_s and CONFIRMING_TIME * scenario.duration_s,
                requests=scenario.requests and CONFIRMING_TIME * scenario.requests,
            )
        if isinstance(given, OpenLoop):
            return replace(scenario, shape=replace(given, rate=load))
        workers = int(load)
        return replace(scenario, shape=ClosedLoop(concurrency=workers), warmup_requests=workers)

    def launch_for(self, load: float) -> LaunchPlan | None:
        """The server of one level."""
        if self.launch is None or self.goal.axis != "parallel":
            return self.launch
        return replace(self.launch, parallel=int(load))


class TriedLevel(msgspec.Struct, frozen=True, kw_only=True):
    """One level with the server it ran on."""

    level: Level
    command: tuple[str, ...] = ()
    run_dir: str | None = None


class SweepReport(msgspec.Struct, frozen=True, kw_only=True):
    """What sweep.json holds. Readers ignore unknown keys and refuse unknown schema majors."""

    schema: str = SCHEMA
    tool: Tool
    started_at: str
    """ISO 8601, UTC."""
    ended: str
    """`done` or `interrupted`."""
    machine: Machine = Machine()
    plan: SweepPlan
    levels: tuple[TriedLevel, ...] = ()
    """In the order tried."""
    best: float | None = None
    """Load of the best level; None when none was acceptable."""
    advice: str = ""
    """What to run, in one sentence."""


def level_of(load: float, report: Report, *, confirms: bool = False) -> Level:
    """What one level came to."""
    steady, whole = _steady_tps(report), (report.send_seconds or 0.0) + (report.drain_seconds or 0.0)
    met = all(slo.met for slo in report.slo)
    doubted = confirms and any(slo.doubt is not None and slo.doubt > DOUBT_ALLOWED for slo in report.slo)
    medians = {tag: summary.p50 for tag, summary in report.metrics.items()}
    ttft = report.metrics.get("ttft")
    return Level(
        load=load,
        confirms=confirms,
        output_tps=steady if steady is not None or _closed(report) else report.throughput.output_tps,
        capacity_rps=report.requests.completed / whole if whole else None,
        requests_per_second=report.throughput.requests_per_second,
        kept_up=_kept_up(report),
        output_tps_per_request=medians.get("output_tps_per_request"),
        limit_tps=report.limit.limit_tps if report.limit else None,
        limit_share=report.limit.share if report.limit else None,
        ttft_p50_ms=medians.get("ttft"),
        ttft_p95_ms=ttft.p95 if ttft else None,
        itl_p50_ms=medians.get("itl"),
        queue_wait_p50_ms=medians.get("queue_wait"),
        vram_peak_bytes=known(sum, (gpu.vram_peak_bytes for gpu in report.gpu)),
        power_mean_watts=known(sum, (gpu.power_mean_watts for gpu in report.gpu)),
        slo_met=met and not doubted if report.slo else None,
        slo_doubted=met and doubted,
        problem=_problem(report),
        server_gone=report.ended == "server_gone",
        warnings=report.audit.warnings,
    )


def _kept_up(report: Report) -> float | None:
    """Capacity over rate sent, from how long the server needed when nothing more was sent.

    A server that keeps up needs one request's latency L. One that falls behind has a queue then, whose wait
    W = send_seconds * (rate / capacity - 1) comes on top; the median request waited W / 2. How many requests
    chance sends in the time does not matter.
    """
    latency = report.metrics.get("request_latency")
    drain = report.drain_seconds
    if drain is None and report.measured_seconds is not None:
        drain = report.measured_seconds - (report.send_seconds or 0.0)
    if not report.send_seconds or drain is None or latency is None:
        return None
    half_wait = max(drain - latency.p50 / 1e3, 0.0)
    return report.send_seconds / (report.send_seconds + 2 * half_wait)


RUN_IT = "run it like this: "
"""What stands before the command line in the advice."""


def advice_of(plan: SweepPlan, levels: tuple[TriedLevel, ...]) -> tuple[float | None, str]:
    """The best load, and what to run, in one sentence."""
    best = advised(plan.goal, [tried.level for tried in levels])
    if best is None:
        unconfirmed = any(tried.level.confirms for tried in levels)
        none = "no load was confirmed by a second look: " if unconfirmed else "no load was acceptable: "
        return None, none + (_why_none(levels) or "nothing was measured")
    tried = next(tried for tried in levels if tried.level is best)
    line = run_line(tried.command, keep_port=plan.launch is None or plan.launch.port is not None)
    run = f"{RUN_IT}{line}" if line else "the server is as good as it was started"
    how = {
        "parallel": slots_text(best.load),
        "concurrency": f"up to {counted(best.load, 'request')} at a time",
        "rate": f"up to {counted(best.load, 'request')} a second",
    }[plan.goal.axis]
    sure = "" if best.confirms else " (not confirmed by a second load yet)"
    return best.load, f"{how}{sure}; {run}"


def run_line(command: tuple[str, ...], *, keep_port: bool) -> str:
    """A command as one types it; a port we chose at random becomes the usual one."""
    words = list(command)
    if not keep_port and "--port" in words[:-1]:
        words[words.index("--port") + 1] = USUAL_PORT
    return shlex.join(words)


def decode_sweep(data: bytes) -> SweepReport:
    """Read sweep.json. Raises RunFolderError when it is none, or of an unknown schema."""
    return read_document(data, SweepReport, SCHEMA, "sweep")


def _steady_tps(report: Report) -> float | None:
    return report.steady_state.output_tps if report.steady_state else None


def _closed(report: Report) -> bool:
    """Whether its workers run out of work one by one at its end."""
    return report.scenario is None or isinstance(report.scenario.shape, ClosedLoop)


def _problem(report: Report) -> str | None:
    counts = report.requests
    if report.ended == "server_gone":
        return "the server no longer answered when the load had ended"
    if report.overloaded:
        cause = "the server slows down" if _closed(report) else "over the server's capacity"
        return f"{cause}: latency grew through the run"
    if counts.completed == counts.empty:
        return "no request completed"
    if not report.throughput.output_tps:
        return "no tokens came"
    if _closed(report) and _steady_tps(report) is None:
        return "too short for a steady state: no request was sent after the first one ended"
    ended = counts.completed + counts.failed
    if counts.failed > MOST_FAILED * ended:
        kinds = ", ".join(counts.by_error)
        return f"{counts.failed} of {ended} requests failed: {kinds}"
    spilled = sum(gpu.spill_peak_bytes or 0 for gpu in report.gpu)
    return f"{forms.size(spilled)} spilled into system memory" if spilled else None


def _why_none(levels: tuple[TriedLevel, ...]) -> str:
    for tried in reversed(levels) if any(tried.level.confirms for tried in levels) else levels:
        if tried.level.problem:
            return tried.level.problem
        if tried.level.slo_doubted:
            return f"{tried.level.load:g} met the SLOs, but not beyond doubt: measure for more --seconds"
        if tried.level.slo_met is False:
            return f"not even {tried.level.load:g} met the SLOs"
    return ""
