"""A cell's figures, and the reasons not to trust them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from rocmtui.core.bench.cell_check import cell_metrics, cell_warnings, depth_notice
from rocmtui.core.bench.metrics import LIMIT_SHARE, LONGEST_GAP, NEIGHBOUR_TTFT
from rocmtui.core.bench.plan.suite import DECODE, PREFILL, TTFT
from rocmtui.core.gpu.reading import GpuSummary
from rocmtui.core.host.sample import Cause, HostSummary
from rocmtui.core.limits.decode import DecodeLimit
from rocmtui.core.report.audit.figures import Audit
from rocmtui.core.report.document import Report
from rocmtui.core.report.errors import RequestCounts
from rocmtui.core.stats.quantiles import summarise
from rocmtui.core.streams.neighbour import NeighbourSeen
from tests.fakes.bench_session import made_report

CARD = GpuSummary(pci="a", name="RX 7800 XT")


@pytest.mark.parametrize(
    ("audit", "says"),
    [
        ({}, None),
        ({"client_cpu_fraction": 0.95}, "the client used 95 % of a core"),
        ({"loop_lag_ms_p99": 7.25}, "the client's loop ran up to 7.25 ms late (p99)"),
        ({"cached_fraction": 0.5}, "50 % of the prompts came from the cache"),
        ({"token_count_disagreement": 0.1}, "client and server count tokens differently"),
        ({"server_decode_disagreement": 0.031}, "client and server clocks differ by 3.1 %"),
    ],
)
def test_each_doubt_is_said(audit: dict[str, Any], says: str | None) -> None:
    report = made_report(100.0, Audit(**audit))
    assert cell_warnings(report, DECODE) == (() if says is None else (says,))


def test_one_token_says_nothing_of_clocks() -> None:
    report = made_report(100.0, Audit(server_decode_disagreement=0.5))
    assert cell_warnings(report, TTFT) == ()


def test_failures_spills_and_throttling_are_doubts() -> None:
    card = msgspec.structs.replace(CARD, spill_peak_bytes=2**30, throttle=("power", "thermal"))
    counts = RequestCounts(sent=5, completed=3, failed=2, cancelled=0, by_error={"timeout_read": 2})
    report = msgspec.structs.replace(made_report(1.0, Audit()), requests=counts, gpu=(card,))
    assert cell_warnings(report, DECODE) == (
        "2 requests failed: 2 timeout_read",
        "RX 7800 XT: 1.0 GiB spilled into system memory",
        "RX 7800 XT was held back: power, thermal",
    )


@pytest.mark.parametrize(("server_vram", "joules"), [(None, 250.0), (10**9, 200.0)])
def test_tokens_a_joule_are_those_of_the_cards_that_serve(server_vram: int | None, joules: float) -> None:
    cards = (
        msgspec.structs.replace(CARD, energy_joules=200.0, server_vram_peak_bytes=server_vram),
        msgspec.structs.replace(CARD, energy_joules=50.0),
    )
    report = msgspec.structs.replace(made_report(100.0, Audit()), gpu=cards)
    assert cell_metrics(report) == {
        "output_tps_per_request": 100.0,
        "output_tps": 100.0,
        "tokens_per_joule": 100.0 * 2.5 / joules,
    }


def test_what_is_not_known_is_absent() -> None:
    assert cell_metrics(made_report(0.0, Audit(), completed=0)) == {}


def test_a_cell_that_the_host_slowed_is_marked_and_its_limit_kept() -> None:
    throttled = Cause(code="throttled", text="its CPU quota was used up", remedy="-t 1", share=1.0)
    limit = DecodeLimit(
        tps=60,
        limit_tps=80,
        share=0.75,
        streams=1,
        depth_tokens=0,
        tokens_a_step=1,
        weights_bytes=1,
        kv_bytes=0,
        host_bytes=0,
        device="x",
        bandwidth_bytes_per_s=1.0,
        bandwidth_source="maker",
    )
    report = made_report(60.0, Audit())
    report = msgspec.structs.replace(report, host=HostSummary(causes=(throttled,)), limit=limit)
    assert cell_warnings(report, DECODE) == ("the host slowed it: its CPU quota was used up",)
    assert cell_metrics(report)[LIMIT_SHARE] == 0.75


def report_at_depth(cached: float) -> Report:
    summary = summarise([cached], "tok")
    assert summary is not None
    return msgspec.structs.replace(
        made_report(100.0, Audit(cached_fraction=0.9)), metrics={"cached_tokens": summary}
    )


DEEP = msgspec.structs.replace(DECODE, depth=4096)


def test_a_context_from_the_cache_is_what_a_depth_wants() -> None:
    assert cell_warnings(report_at_depth(4096), DEEP) == ()
    assert depth_notice(report_at_depth(4096), DEEP) is None


def test_a_context_that_was_not_kept_is_told_and_no_reason_to_repeat() -> None:
    report = report_at_depth(1000)
    assert cell_warnings(report, DEEP) == ()
    notice = depth_notice(report, DEEP) or ""
    assert "kept 1,000 of 4,096 tokens" in notice
    assert "decode is as deep all the same" in notice
    prefill = msgspec.structs.replace(PREFILL, depth=4096)
    assert "cannot be told" in (depth_notice(report, prefill) or "")


def test_a_neighbour_is_a_longest_gap_and_a_wait() -> None:
    gaps, waited = summarise([10.0, 900.0], "ms"), summarise([1000.0], "ms")
    assert gaps is not None
    report = msgspec.structs.replace(
        made_report(100.0, Audit()),
        metrics={"icl": gaps},
        neighbour=NeighbourSeen(sent=2, completed=1, prompt_tokens=512, ttft=waited),
    )
    found = cell_metrics(report)
    assert (found[LONGEST_GAP], found[NEIGHBOUR_TTFT]) == (900.0, 1000.0)
