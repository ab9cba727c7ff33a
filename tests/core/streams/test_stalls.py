"""The stalls of a run and their causes."""

from __future__ import annotations

import msgspec
import pytest

from rocmtui.core.gpu.reading import GpuReading, GpuSample
from rocmtui.core.host.sample import Cause, HostSample, ServerLoad
from rocmtui.core.load.scenario import ClosedLoop, PromptPlan, Scenario
from rocmtui.core.report.document import Report
from rocmtui.core.report.facts import RunFacts
from rocmtui.core.request.record import Phase, RequestRecord, ServerTimings
from rocmtui.core.server.log.served import ServedRequest
from rocmtui.core.server.state import ServerState, ServerStatus, SlotReading
from rocmtui.core.session.events import Event, GpuRead, HostRead, ServerChanged, ServerTraffic, SlotsRead
from rocmtui.core.streams.stalls import Stalls, StallTally
from rocmtui.core.streams.words import stall_rows
from tests.fakes.made_report import build_report

MS, S = 1_000_000, 1_000_000_000
STALL = (5 * S, 7 * S)


def stream(*stalls: tuple[int, int], number: int = 1) -> RequestRecord:
    """Ten seconds of 100 tokens."""
    return RequestRecord(
        id=number,
        worker=0,
        phase=Phase.MEASURED,
        sent_ns=0,
        headers_ns=0,
        first_token_ns=1,
        last_token_ns=10 * S,
        done_ns=10 * S,
        output_tokens=100,
        content_events=100,
        content_reads=100,
        stalls=stalls,
    )


def prefill(number: int, start_s: float, end_s: float, tokens: int, phase: Phase) -> RequestRecord:
    """A request with a long prompt and one token."""
    start, end = round(start_s * S), round(end_s * S)
    return RequestRecord(
        id=number,
        worker=1,
        phase=phase,
        sent_ns=start,
        headers_ns=start,
        first_token_ns=end,
        last_token_ns=end,
        done_ns=end,
        output_tokens=1,
        timings=ServerTimings(prompt_n=tokens, prompt_ms=(end - start) / MS, predicted_n=1, predicted_ms=0.0),
    )


def block(*things: RequestRecord | Event) -> Stalls:
    tally = StallTally()
    for thing in things:
        if isinstance(thing, RequestRecord):
            tally.add(thing)
        else:
            tally.observe(thing)
    found = tally.block()
    assert found is not None
    return found


def cause(*things: RequestRecord | Event) -> tuple[str, str]:
    stall = block(stream(STALL), *things).longest[0]
    return stall.cause, stall.detail


def test_figures() -> None:
    found = block(stream(STALL, (8 * S, 8 * S + 500 * MS)), stream(number=2))
    assert (found.streams, found.count, found.longest_ms) == (2, 2, 2000.0)
    assert found.per_1000_tokens == pytest.approx(10.0)
    assert found.decode_share == pytest.approx(2.5 / 20, rel=1e-6)
    assert [(group.cause, group.count) for group in found.by_cause] == [("unknown", 2)]


def test_another_request_of_ours_is_named() -> None:
    for phase in Phase:
        assert cause(prefill(7, 4.9, 7.0, 3000, phase)) == ("prefill", "request 7, 3,000 tokens")


def test_the_longest_of_several_prefills_is_named() -> None:
    found = cause(prefill(7, 5, 5.4, 100, Phase.WARMUP), prefill(8, 5.4, 7, 900, Phase.WARMUP))
    assert found == ("prefill", "request 8, 900 tokens")


def test_a_prefill_that_fills_less_than_half_explains_nothing() -> None:
    assert cause(prefill(7, 5, 5.9, 3000, Phase.MEASURED)) == ("unknown", "")


def test_another_client_is_named_by_its_task() -> None:
    served = ServedRequest(
        at_ns=8 * S, slot=1, task=42, prefill_tokens=3000, prefill_ms=2000, output_tokens=9, decode_ms=1000
    )
    assert cause(ServerTraffic(at_ns=8 * S, served=(served,))) == (
        "prefill",
        "task 42 of another client, 3,000 tokens",
    )
    ours = msgspec.structs.replace(served, ours=True)
    assert cause(ServerTraffic(at_ns=8 * S, served=(ours,))) == ("unknown", "")


def test_slots_show_a_prefill_where_no_log_does() -> None:
    slot = SlotReading(id=1, n_ctx=4096, is_processing=True, task=3)
    assert cause(SlotsRead(at_ns=6 * S, slots=(slot,))) == ("prefill", "by /slots")
    assert cause(SlotsRead(at_ns=8 * S, slots=(slot,))) == ("unknown", "")


def server(at_s: float, state: ServerState) -> ServerChanged:
    return ServerChanged(at_ns=round(at_s * S), status=ServerStatus(state=state))


def cards(at_s: float, **fields: object) -> GpuRead:
    gpu = GpuReading(pci="0000:03:00.0", name="a card", kind="discrete", **fields)  # type: ignore[arg-type]
    return GpuRead(at_ns=round(at_s * S), sample=GpuSample(at_ns=round(at_s * S), gpus=(gpu,)))


def host(at_s: float, sample: HostSample) -> HostRead:
    return HostRead(at_ns=round(at_s * S), sample=sample)


def test_a_server_that_did_not_answer_or_run_had_paused() -> None:
    assert cause(server(5, ServerState.UNRESPONSIVE), server(7, ServerState.READY))[0] == "server pause"
    still = HostSample(at_ns=7 * S, span_s=2.0, server=ServerLoad(cores_used=0.0))
    assert cause(host(7, still))[0] == "server pause"
    busy = HostSample(at_ns=7 * S, span_s=2.0, server=ServerLoad(cores_used=1.9))
    assert cause(host(7, busy))[0] == "unknown"


def test_cards_and_machine() -> None:
    assert cause(cards(5), cards(6, spill_bytes=1 << 30), cards(7, spill_bytes=1 << 30))[0] == "spill"
    assert cause(cards(5), cards(6, throttle=("power",)), cards(7, throttle=("power",)))[0] == "throttling"
    slow = Cause(code="quota", text="the quota was used up", remedy="raise it", share=1.0)
    assert cause(host(7, HostSample(at_ns=7 * S, span_s=2.0, causes=(slow,))))[0] == "host"


def test_a_prefill_is_believed_before_the_rest() -> None:
    everything = (cards(5), cards(7, spill_bytes=1 << 30), prefill(7, 5, 7, 3000, Phase.NEIGHBOUR))
    assert cause(*everything)[0] == "prefill"


def report(*records: RequestRecord, slo: str) -> Report:
    scenario = Scenario(shape=ClosedLoop(concurrency=1), prompt=PromptPlan(text="hi"), slo=(slo,))
    return build_report(RunFacts(tool_version="1", unix_ns=0, scenario=scenario), records)


@pytest.mark.parametrize(
    ("slo", "value", "met"),
    [
        ("stall_max<1s", 2000.0, False),
        ("stall_max<3s", 2000.0, True),
        ("stall_mean<2s", 1000.0, True),
        ("stall_share<11%", 0.1, True),
        ("stall_share<9%", 0.1, False),
    ],
)
def test_stalls_in_slos(slo: str, value: float, met: bool) -> None:
    judged = report(stream(STALL), stream(number=2), slo=slo).slo[0]
    assert judged.value == pytest.approx(value, rel=1e-6)
    assert judged.met is met


def test_a_run_without_a_stall_meets_its_slo_and_has_no_row_of_zeros() -> None:
    built = report(stream(), slo="stall_max<1s")
    assert (built.slo[0].value, built.slo[0].met) == (0.0, True)
    assert "stall" not in built.metrics
    assert stall_rows(built.stalls) == [("stalls", "none in 1 stream")]


def test_of_runs_from_before_nothing_is_told() -> None:
    old = msgspec.structs.replace(stream(), stalls=None)
    built = report(old, slo="stall_max<1s")
    assert built.stalls is None
    assert built.slo[0].met is False
    assert stall_rows(built.stalls) == []


def test_words() -> None:
    found = block(stream(STALL), prefill(7, 5, 7, 3000, Phase.NEIGHBOUR))
    assert stall_rows(found) == [
        ("stalls", "1, 10 per 1,000 tokens, longest 2 s, 20 % of the decode time"),
        ("  by another request's prefill", "1, longest 2 s"),
        ("  request 1", "2 s at 5 s: prefill of request 7, 3,000 tokens"),
    ]
