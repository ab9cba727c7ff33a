"""The grammar of objectives, and judging by them."""

import pytest

from rocmtui.core.load.slo import Slo, parse_slo, within_all
from rocmtui.core.request.record import Phase, RequestRecord
from rocmtui.core.stats.histogram import Histogram
from rocmtui.errors import UsageError


def test_percentile_with_unit() -> None:
    assert parse_slo("ttft_p95<500ms") == Slo(
        expression="ttft_p95<500ms", tag="ttft", statistic="p95", quantile=0.95, op="<", threshold=500.0
    )


@pytest.mark.parametrize(
    ("expression", "tag", "statistic", "threshold"),
    [
        ("queue_wait_max <= 2s", "queue_wait", "max", 2000.0),
        ("itl_mean<=20ms", "itl", "mean", 20.0),
        ("ttft_p99.9<1.5s", "ttft", "p99.9", 1500.0),
        ("output_tps>=200", "output_tps", None, 200.0),
        ("output_tps_per_request_p50>10 tok/s", "output_tps_per_request", "p50", 10.0),
        ("error_rate<1%", "error_rate", None, 0.01),
        ("error_rate<.02", "error_rate", None, 0.02),
        ("prefill_ms_p50<800us", "prefill_ms", "p50", 0.8),
    ],
)
def test_reads(expression: str, tag: str, statistic: str | None, threshold: float) -> None:
    slo = parse_slo(expression)
    assert (slo.tag, slo.statistic, slo.threshold) == (tag, statistic, pytest.approx(threshold))


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (
            "ttfx_p95<500ms",
            "--slo: no metric 'ttfx_p95': did you mean ttft?\n  ttfx_p95<500ms\n  ^^^^^^^^",
        ),
        (
            "ttft_p95=500ms",
            "--slo: '=' is no comparison: use <, <=, > or >=\n  ttft_p95=500ms\n          ^",
        ),
        ("ttft_p95<500", "--slo: a unit is missing: use ms, s, us, µs\n  ttft_p95<500\n              ^"),
        ("ttft<5s", "--slo: ttft needs a statistic: such as ttft_p95 or ttft_mean\n  ttft<5s\n      ^"),
        (
            "ttft_avg<5s",
            "--slo: 'avg' is no statistic: use mean, min, max or p50 ... p99.9\n  ttft_avg<5s\n       ^^^",
        ),
        ("ttft_p95<", "--slo: a number is missing: write it as ttft_p95<500ms\n  ttft_p95<\n           ^"),
        ("error_rate<1x", "--slo: 'x' is no unit of it: use %\n  error_rate<1x\n              ^"),
        (
            "output_tps_p95>2",
            "--slo: output_tps is one figure of the whole run: write output_tps alone"
            "\n  output_tps_p95>2\n            ^^^^",
        ),
        ("", "--slo: a metric is missing: write it as ttft_p95<500ms\n  \n  ^"),
    ],
)
def test_refuses_with_a_caret_under_the_mistake(expression: str, message: str) -> None:
    with pytest.raises(UsageError) as refusal:
        parse_slo(expression)
    assert refusal.value.message == message


def test_live_value_from_histograms_and_figures() -> None:
    ttft = Histogram()
    for value in (1.0, 2.0, 3.0):
        ttft.add(value)
    assert parse_slo("ttft_mean<5ms").value_of({"ttft": ttft}, {}) == 2.0
    assert parse_slo("ttft_p50<5ms").value_of({"ttft": ttft}, {}) == pytest.approx(2.0, rel=0.005)
    assert parse_slo("itl_p50<5ms").value_of({"ttft": ttft}, {}) is None
    assert parse_slo("output_tps>5").value_of({}, {"output_tps": 7.0}) == 7.0


def request(first_token_ms: int) -> RequestRecord:
    return RequestRecord(
        id=1,
        worker=0,
        phase=Phase.MEASURED,
        sent_ns=0,
        first_token_ns=first_token_ms * 1_000_000,
        done_ns=first_token_ms * 1_000_000,
    )


def test_a_request_is_judged_by_its_own_value() -> None:
    slos = [parse_slo("ttft_p95<500ms"), parse_slo("itl_p50<1ms"), parse_slo("output_tps>1")]
    assert within_all(request(499), slos)
    assert not within_all(request(500), slos)
