"""Exit codes of runs."""

import msgspec
import pytest

from rocmtui.core.answers.look import Company, Look
from rocmtui.core.load.scenario import ClosedLoop, PromptPlan, Scenario
from rocmtui.core.report.document import Report, SloResult, Throughput, Tool
from rocmtui.core.report.errors import RequestCounts
from rocmtui.core.report.exit_code import exit_code_of
from rocmtui.errors import ExitCode

MISSED = (SloResult(expression="ttft_p95<1s", value=2000.0, met=False),)


def report(
    completed: int = 9,
    failed: int = 0,
    ended: str = "requests",
    slo: tuple[SloResult, ...] = (),
    limit: float | None = None,
    empty: int = 0,
) -> Report:
    return Report(
        tool=Tool(version="1"),
        started_at="",
        measured_seconds=1.0,
        ended=ended,
        scenario=Scenario(shape=ClosedLoop(concurrency=1), prompt=PromptPlan(text="x"), max_error_rate=limit),
        requests=RequestCounts(
            sent=completed + failed, completed=completed, failed=failed, cancelled=0, empty=empty
        ),
        metrics={},
        throughput=Throughput(),
        slo=slo,
    )


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (report(), ExitCode.DONE),
        (report(failed=3), ExitCode.DONE),
        (report(completed=0), ExitCode.NOTHING_COMPLETED),
        (report(failed=9), ExitCode.DONE),
        (report(failed=10), ExitCode.NOTHING_COMPLETED),
        (report(failed=10, limit=0.9), ExitCode.DONE),
        (report(empty=9), ExitCode.NOTHING_COMPLETED),
        (report(empty=8), ExitCode.DONE),
        (report(completed=0, failed=9), ExitCode.NOTHING_COMPLETED),
        (report(failed=1, limit=0.1), ExitCode.DONE),
        (report(failed=1, limit=0.05), ExitCode.NOTHING_COMPLETED),
        (report(ended="error_rate"), ExitCode.NOTHING_COMPLETED),
        (report(ended="failed"), ExitCode.NOTHING_COMPLETED),
        (report(slo=MISSED), ExitCode.SLO_MISSED),
        (report(completed=0, slo=MISSED), ExitCode.NOTHING_COMPLETED),
        (report(ended="server_gone"), ExitCode.SERVER),
        (report(ended="interrupted", slo=MISSED), ExitCode.INTERRUPTED),
    ],
)
def test_the_worst_that_is_true_decides(made: Report, code: ExitCode) -> None:
    assert exit_code_of(made) is code


def test_nonsense_misses_every_slo_also_where_it_is_silence() -> None:
    nan = Look(health="nonsense", words="it says nothing")
    silent = msgspec.structs.replace(report(empty=9, slo=MISSED), answers=nan)
    assert exit_code_of(silent) is ExitCode.SLO_MISSED
    assert exit_code_of(msgspec.structs.replace(silent, slo=())) is ExitCode.NOTHING_COMPLETED


def test_what_is_wrong_in_company_alone_is_nonsense_too() -> None:
    wrong = Company(right=1, of=5, words="right alone, wrong with 4 slots busy")
    among = msgspec.structs.replace(report(), answers=Look(health="healthy"), answers_under_load=wrong)
    assert among.nonsense == (wrong.words,)
    assert report().nonsense == ()
