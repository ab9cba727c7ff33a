"""A bench looks at what its variants answer: a broken one gets no verdict, however much faster it is."""

import msgspec

from rocmtui.core.answers.reference import Reference
from rocmtui.core.bench.plan.cells import BenchPlan
from rocmtui.core.bench.report import BenchReport, summed_up
from rocmtui.core.bench.result import BenchResults
from rocmtui.core.bench.text.whole import terminal_text
from rocmtui.core.load.scenario import Scenario
from rocmtui.core.report.document import Tool
from rocmtui.core.server.state import LaunchPlan, ServerStatus
from rocmtui.services.answers.reference import make_passages
from rocmtui.services.bench.answers import AnswerCheck
from rocmtui.services.bench.runner import BenchRunner
from tests.fakes.bench_session import PLAN, Kept, MadeMachine, MadeSession, StepClock
from tests.services.answers.test_verify import Speaker


def faster_when_off(plan: LaunchPlan, _scenario: Scenario) -> float:
    return 100.0 if plan.flash_attn == "on" else 120.0


class Fleet:
    """Speakers by variant; how often each was asked for."""

    def __init__(self, session: MadeSession, **likely: float) -> None:
        self._session, self._likely, self.opened = session, likely, 0
        self.asked_openly: list[bool] = []
        """Whether the session knew of the questions."""

    def __call__(self, status: ServerStatus) -> Speaker:
        self.opened += 1
        self.asked_openly.append(self._session.is_asked)
        name = self._session.log[-1].split()[1]
        return Speaker(likely=self._likely.get(name, 0.7))


async def bench(plan: BenchPlan = PLAN, **likely: float) -> tuple[BenchReport, Fleet]:
    clock, results = StepClock(), BenchResults()
    session = MadeSession(clock, faster_when_off)
    fleet = Fleet(session, **likely)
    check = AnswerCheck(plan, results, fleet)
    runner = BenchRunner(plan, session, Kept(), MadeMachine(), clock, results, answers=check)
    await runner.run()
    head = BenchReport(tool=Tool(version="0"), started_at="", ended="done", seconds=1.0, plan=plan)
    return summed_up(head, results), fleet


async def test_each_setup_is_looked_at_once_and_equal_ones_are_judged_as_ever() -> None:
    report, fleet = await bench()
    assert fleet.opened == 2
    assert fleet.asked_openly == [True, True]
    assert report.rows[0].verdicts[0].text == "20.0 % faster (20.0 to 20.0)"
    assert "same" in terminal_text(report)
    assert report.broken == ()


async def test_a_faster_broken_variant_gets_no_verdict() -> None:
    report, _ = await bench(off=0.01)
    verdict = report.rows[0].verdicts[0]
    assert verdict.kind == "none"
    assert verdict.text.startswith("no verdict: its answers are broken (broken, KL ")
    assert report.broken == ("m.gguf|-|1|off",)


async def test_a_lossy_variant_gets_both_in_its_sentence() -> None:
    report, _ = await bench(off=0.55)
    verdict = report.rows[0].verdicts[0]
    assert verdict.kind == "better"
    assert verdict.text == "20.0 % faster (20.0 to 20.0), answers as far as q4_0 from f16"


async def test_against_a_reference_of_its_own_the_first_variant_is_looked_at_too() -> None:
    clock, results, asked = StepClock(), BenchResults(), []
    session = MadeSession(clock, faster_when_off)

    async def reference_of(model: str) -> Reference:
        asked.append(model)
        return Reference(made_with="cpu", passages=await make_passages(Speaker(), "tokens"))

    check = AnswerCheck(PLAN, results, Fleet(session, on=0.01), reference_of)
    await BenchRunner(PLAN, session, Kept(), MadeMachine(), clock, results, answers=check).run()
    head = BenchReport(tool=Tool(version="0"), started_at="", ended="done", seconds=1.0, plan=PLAN)
    report = summed_up(head, results)
    assert asked == ["m.gguf"]
    assert report.broken == ("m.gguf|-|1|on",)
    assert report.rows[0].verdicts[0].text == "no verdict: the first variant's answers are broken"


async def test_a_bench_that_goes_on_makes_its_reference_anew_and_verifies_the_rest() -> None:
    clock, results = StepClock(), BenchResults()
    session = MadeSession(clock, faster_when_off)
    done = BenchRunner(
        msgspec.structs.replace(PLAN, variants=PLAN.variants[:1], rounds=1),
        *(session, Kept(), MadeMachine(), clock, results),
        answers=AnswerCheck(PLAN, results, Fleet(session)),
    )
    await done.run()
    assert [start.answers is not None for start in results.starts] == [True]
    fleet = Fleet(session, off=0.01)
    check = AnswerCheck(PLAN, results, fleet)
    await BenchRunner(PLAN, session, Kept(), MadeMachine(), clock, results, answers=check).run()
    seen = {start.setup: start.answers for start in results.starts if start.answers is not None}
    assert list(seen) == ["m.gguf|-|1|on", "m.gguf|-|1|off"]
    assert seen["m.gguf|-|1|off"].is_broken


async def test_a_server_that_is_ready_and_asked_is_no_longer_starting() -> None:
    clock, results, shown = StepClock(), BenchResults(), Kept()
    session = MadeSession(clock, faster_when_off)
    check = AnswerCheck(PLAN, results, Fleet(session))
    await BenchRunner(PLAN, session, shown, MadeMachine(), clock, results, shown.views.append, check).run()
    phases = [view.phase for view in shown.views]
    assert phases[:3] == ["starting", "checking answers", "settling"]


async def test_without_wanting_it_nobody_is_asked() -> None:
    report, fleet = await bench(msgspec.structs.replace(PLAN, verify=False), off=0.01)
    assert fleet.opened == 0
    assert report.rows[0].verdicts[0].kind == "better"
    assert "answers" not in terminal_text(report)
