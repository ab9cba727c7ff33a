"""What a report consists of, and its text."""

from __future__ import annotations

from typing import Any

import msgspec

from rocmtui.core.answers.look import Company, Look
from rocmtui.core.gpu.reading import GpuSummary
from rocmtui.core.host.sample import HostSummary
from rocmtui.core.limits.decode import DecodeLimit, DecodeSeen
from rocmtui.core.load.scenario import Scenario
from rocmtui.core.report.audit.figures import Audit
from rocmtui.core.report.conversations.figures import ConversationFigures
from rocmtui.core.report.conversations.tools import ToolFigures
from rocmtui.core.report.errors import RequestCounts
from rocmtui.core.report.steady_state import StartupWave, SteadyState
from rocmtui.core.request.by_server import ServerShare
from rocmtui.core.server.program import Program
from rocmtui.core.stats.interval import Interval
from rocmtui.core.stats.quantiles import Summary
from rocmtui.core.streams.drafts import DraftSeen
from rocmtui.core.streams.neighbour import NeighbourSeen
from rocmtui.core.streams.stalls import Stalls
from rocmtui.core.text.documents import read_document

SCHEMA = "rocmtui.report/1"
CUT_OFF = "cut off"
"""How a run ended whose load processes never said so."""
FAILED = "failed"
"""How a run ended whose load processes all died."""
INCOMPLETE = "incomplete"
"""How a run ended that lost some of its load processes, while the others went on to the planned end."""


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """What made the report."""

    name: str = "rocmtui"
    version: str


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Where the load ran; nothing that names a person or a host."""

    cpu: str | None = None
    cpu_count: int | None = None
    memory_bytes: int | None = None
    kernel: str | None = None
    os: str | None = None
    python: str | None = None
    gpus: tuple[dict[str, Any], ...] = ()
    """`{"pci", "name", "gfx", "driver"}` of each AMD card."""


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """The server that was measured."""

    url: str | None = None
    build: str | None = None
    model: str | None = None
    models: tuple[str, ...] = ()
    """All it serves, where they are several or loaded on demand."""
    model_path: str | None = None
    model_hash: str | None = None
    """Of the file, as `adapters.model_hash` reads it; None: not local or not read."""
    quantization: str | None = None
    parallel: int | None = None
    n_ctx: int | None = None
    """Context of one slot."""
    backend: str | None = None
    args: tuple[str, ...] = ()
    """The command line of a server we started."""
    pid: int | None = None
    binary_source: str | None = None
    program: Program | None = None
    """What it was made of, which tells two builds of one commit apart; None where it could not be seen."""
    is_llama_server: bool = True


class Throughput(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of the whole run, over the measured window. None: nothing to take them from."""

    output_tps: float | None = None
    total_tps: float | None = None
    requests_per_second: float | None = None
    goodput: float | None = None
    """None unless an SLO can be asked of single requests."""
    inputs_per_second: float | None = None
    """Of embeddings and rerank; those have no output speed, and all their tokens are of prompts."""
    stall_share: float | None = None
    """Decode time lost in stalls, 0 to 1."""


class SloResult(msgspec.Struct, frozen=True, kw_only=True):
    """One SLO, judged. Without a value it is not met."""

    expression: str
    value: float | None
    met: bool
    doubt: float | None = None
    """The chance of such a run, or a better one, from a server that just misses it; None: not known."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A run, measured. A metric without values is absent from `metrics`."""

    schema: str = SCHEMA
    tool: Tool
    label: str = ""
    started_at: str
    """ISO 8601, UTC."""
    measured_seconds: float | None
    """From the first measured request planned or attempted to the end of measuring; None without one."""
    send_seconds: float | None = None
    """First to last measured request sent; None when none was."""
    drain_seconds: float | None = None
    """Last measured request sent to last one done; None when none was, or not recorded."""
    ended: str
    """The reason of LoadFinished, or FAILED, INCOMPLETE or CUT_OFF."""
    machine: Machine = Machine()
    server: Server = Server()
    scenario: Scenario | None = None
    requests: RequestCounts
    metrics: dict[str, Summary]
    throughput: Throughput
    intervals: dict[str, Interval | None] = msgspec.field(default_factory=dict)
    """Confidence interval of the mean, by tag; None: unavailable at this sample size."""
    percentile_intervals: dict[str, dict[str, Interval]] = msgspec.field(default_factory=dict)
    """Confidence intervals of percentiles, by tag and column (`p95`), where available."""
    overloaded: bool = False
    """Latency grew through the run (over its capacity, or a server that slows down): nothing is steady then,
    and there are no intervals."""
    startup_wave: StartupWave | None = None
    steady_state: SteadyState | None = None
    neighbour: NeighbourSeen | None = None
    """Who disturbed the load; None: nobody of ours."""
    draft: DraftSeen | None = None
    """None where the server drafted nothing."""
    stalls: Stalls | None = None
    """None where no stream could be watched, and in runs from before they were."""
    server_timings: dict[str, Summary | int] = msgspec.field(default_factory=dict)
    fleet: tuple[ServerShare, ...] = ()
    """Each server, where the load went to several; the figures of the report are of all together."""
    gpu: tuple[GpuSummary, ...] = ()
    host: HostSummary | None = None
    """The machine around the server over the measured window; None: not seen."""
    decode: DecodeSeen | None = None
    limit: DecodeLimit | None = None
    """How fast decode could be at most; None where model or memory are not known."""
    answers: Look | None = None
    """What the server said to certain texts before the load; None: it was not asked."""
    answers_under_load: Company | None = None
    """What it said to them among the requests of the load; None: it was not asked."""
    conversations: ConversationFigures | None = None
    """Turn by turn; None where each request stood alone."""
    tools: ToolFigures | None = None
    """Calls of tools; None where none were offered."""
    slo: tuple[SloResult, ...] = ()
    audit: Audit = Audit()

    @property
    def nonsense(self) -> tuple[str, ...]:
        """What shows that no speed here is a speed of the model, a sentence each."""
        return nonsense_of(self.answers, self.answers_under_load)


def nonsense_of(*found: Look | Company | None) -> tuple[str, ...]:
    """What was said to the server's nonsense, alone or in company."""
    return tuple(one.words for one in found if one is not None and one.is_nonsense)


def decode_report(data: bytes) -> Report:
    """Read a report. Raises RunFolderError for another document, or one of an unknown schema."""
    return read_document(data, Report, SCHEMA, "report", "give a run folder or report.json")
