"""A live session over this machine: real server, load processes, GPU sampler and run folders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rocmtui.adapters.gpu.sampler_process import SamplerProcess
from rocmtui.adapters.gpu.sysfs import read_gpus
from rocmtui.adapters.load.engines import EngineSpawner
from rocmtui.adapters.machine.api_key import read_api_key
from rocmtui.adapters.machine.clock import SystemClock
from rocmtui.adapters.models.fingerprint import model_hash
from rocmtui.adapters.runs.folder import RunFolder, Source
from rocmtui.adapters.server.launcher import LlamaLauncher
from rocmtui.adapters.server.local_process import listening_process
from rocmtui.adapters.wire.asker import HttpAsker
from rocmtui.adapters.wire.llama_status import HttpProbe
from rocmtui.core.load.scenario import Scenario, Target
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.session.ports import EventSink, GpuSource
from rocmtui.services.load.exact_prompts import PromptSet
from rocmtui.services.load.group import LoadGroup
from rocmtui.services.load.prompt_builder import build_prompts
from rocmtui.services.server.supervisor import Supervisor
from rocmtui.services.session.fit_watch import FitWatch
from rocmtui.services.session.fleet_watch import FleetWatch
from rocmtui.services.session.gpu_watch import GpuWatch
from rocmtui.services.session.live import LiveSession
from rocmtui.services.session.parts import SessionParts
from rocmtui.services.session.run_keeper import RunKeeper
from rocmtui.wiring.fit import doubts_of
from rocmtui.wiring.limits import limit_of, server_ceiling
from rocmtui.wiring.machine import this_machine
from rocmtui.wiring.memory_book import MemoryBook


def live_session(
    output: Path | None = None,
    listeners: Sequence[EventSink] = (),
    *,
    runs: Path | None = None,
    scripted: GpuSource | None = None,
) -> LiveSession:
    """A session that starts, loads and measures for real.

    Runs go below the user's data folder, or below `runs`, or the one run to exactly `output`; listeners
    hear every event. `scripted` gives made-up GPU figures in place of the sampler's: the run is marked so.
    """
    clock = SystemClock()
    source: Source = "live" if scripted is None else "scripted"

    def open_run(label: str, scenario: Scenario) -> RunFolder:
        return RunFolder.create(runs, label, scenario, at=output, clock=clock, source=source)

    return LiveSession(
        SessionParts(
            clock=clock,
            server=lambda sink: Supervisor(
                LlamaLauncher(read_gpus(), doubts=doubts_of), HttpProbe, clock, sink
            ),
            load=lambda sink: LoadGroup(EngineSpawner(), clock, sink),
            gpu=lambda sink: GpuWatch(scripted or SamplerProcess(), clock, sink),
            fleet=lambda sink: FleetWatch(HttpProbe, listening_process, clock, sink),
            fit=lambda sink: FitWatch(MemoryBook(), clock, sink),
            keeper=RunKeeper(open_run, clock, this_machine(), model_hash, limit_of),
            ceiling=server_ceiling,
            build_prompts=prompts_for,
            read_key=read_api_key,
            find_target=target_at,
            asker=lambda target, key: HttpAsker(target.url, key, target.model),
            read_baseline=_baseline,
        ),
        listeners,
    )


def _baseline(run_dir: str) -> LiveSnapshot:
    from rocmtui.wiring.replays import last_snapshot  # reads packs, which a load alone never does

    return last_snapshot(Path(run_dir))


async def target_at(url: str, key: str | None) -> Target:
    """A server that runs already, and what it serves. Raises ServerError."""
    probe = HttpProbe(url, key)
    try:
        facts = await probe.facts()
        return Target(url=url, model=facts.model, is_llama_server=facts.is_llama_server)
    finally:
        await probe.close()


async def prompts_for(scenario: Scenario, url: str, key: str | None, model: str | None) -> PromptSet:
    """The prompts of a scenario, measured with the tokenizer of the server at `url`."""
    from rocmtui.adapters.load.prompt_files import PromptFiles

    probe = HttpProbe(url, key)
    try:
        facts = await probe.facts(model)
        return await build_prompts(scenario, probe, PromptFiles(), slot_ctx=facts.n_ctx)
    finally:
        await probe.close()
