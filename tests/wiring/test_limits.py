"""The limit of a run on this machine's own memory, and what the next forecast learns of it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from rocmtui.adapters.host import memory_speed
from rocmtui.adapters.machine.past_shares import PastShares
from rocmtui.core.host.sample import Cause, HostSummary
from rocmtui.core.limits.decode import DecodeSeen
from rocmtui.core.load.scenario import ClosedLoop, PromptPlan, Scenario
from rocmtui.core.report.document import Machine, Report, Server
from rocmtui.core.report.facts import RunFacts
from rocmtui.wiring import limits
from rocmtui.wiring.limits import forecast_words, limit_of
from tests.fakes.made_report import build_report

SPEED = 20e9


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Machine:
    """A processor whose memory copies 20 GB a second; measured once."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    measured: list[float] = []
    monkeypatch.setattr(memory_speed, "_measure", lambda: measured.append(SPEED) or SPEED)
    here = Machine(cpu="x", cpu_count=2)
    monkeypatch.setattr(limits, "read_machine", lambda: here)
    return here


def run(model: Path, tps: float, host: HostSummary | None = None) -> Report:
    report = build_report(RunFacts(tool_version="1", unix_ns=0), [])
    server = Server(model_path=str(model), args=("llama-server", "-m", str(model)), backend="CPU")
    seen = DecodeSeen(tps=tps, streams=1.0, depth_tokens=limits.FORECAST_DEPTH)
    machine = Machine(cpu="x", cpu_count=2)
    return msgspec.structs.replace(report, server=server, decode=seen, machine=machine, host=host)


def test_a_run_beside_its_limit(tiny_model: Path) -> None:
    found = limit_of(run(tiny_model, 1000))
    assert found is not None
    assert found.limit_tps == pytest.approx(SPEED / (found.weights_bytes + found.kv_bytes))
    assert found.share == pytest.approx(1000 / found.limit_tps)
    assert (found.device, found.host_bytes) == ("x", found.weights_bytes + found.kv_bytes)


def test_the_next_forecast_holds_what_was_reached(tiny_model: Path) -> None:
    assert forecast_words(str(tiny_model), (), "CPU", 4) == ""
    first = limit_of(run(tiny_model, 1000))
    assert first is not None
    assert PastShares().read()[0].error is None
    assert (
        forecast_words(str(tiny_model), (), "CPU", 1) == "about 900 to 1,283 tok/s alone"
    )  # of an empty context
    limit_of(run(tiny_model, 500))
    assert PastShares().read()[1].error == pytest.approx(500 / 900 - 1)


def test_the_forecast_of_all_slots_holds_what_they_reached_though_some_read_prompts(
    tiny_model: Path,
) -> None:
    load = Scenario(shape=ClosedLoop(concurrency=4), prompt=PromptPlan(tokens=32))
    report = run(tiny_model, 1000)
    server = msgspec.structs.replace(report.server, parallel=4)
    seen = DecodeSeen(tps=1000, streams=2.9, depth_tokens=limits.FORECAST_DEPTH)
    limit_of(msgspec.structs.replace(report, scenario=load, server=server, decode=seen))
    assert PastShares().read()[0].streams == 4
    told = limits.forecast(str(tiny_model), (), "CPU", 4)
    assert told is not None
    assert told.low_tps == pytest.approx(900)
    assert told.high_tps > 1100


def test_a_hindered_run_teaches_nothing(tiny_model: Path) -> None:
    slow = HostSummary(causes=(Cause(code="others", text="others", remedy="", share=1),))
    assert limit_of(run(tiny_model, 1, slow)) is not None
    assert PastShares().read() == ()


def test_memory_is_not_measured_beside_others(tiny_model: Path) -> None:
    busy = HostSummary(other_cores_mean=1.5)
    assert limit_of(run(tiny_model, 1000, busy)) is None
    assert limit_of(run(tiny_model, 1000)) is not None
    assert limit_of(run(tiny_model, 1000, busy)) is not None


def test_nothing_is_known_of_a_model_elsewhere(tiny_model: Path) -> None:
    report = run(tiny_model, 1000)
    for server in (
        msgspec.structs.replace(report.server, args=()),
        msgspec.structs.replace(report.server, model_path="/nowhere/m.gguf"),
    ):
        assert limit_of(msgspec.structs.replace(report, server=server)) is None
    assert limit_of(msgspec.structs.replace(report, decode=None)) is None
