"""Figures over some seconds: they stand still while a server works in bursts."""

from __future__ import annotations

import msgspec

from rocmtui.core.glance.pace import SMOOTH_NS, mean_of_late, others_speed, output_speed, run_speed
from rocmtui.core.glance.tiles import tiles_of
from rocmtui.core.load.snapshot import SloState
from rocmtui.core.server.state import SlotReading
from rocmtui.core.session.events import CHANGED, Noticed, ServerChanged, ServerTraffic, SlotsRead
from rocmtui.core.session.view import SessionView
from rocmtui.core.session.view_builder import ViewBuilder
from tests.fakes.scripted_views import failed, live, no_gpu, running, spill

SECOND = 1_000_000_000


def test_a_burst_and_a_pause_make_one_calm_figure() -> None:
    points = [(at * SECOND // 4, 96.0 if at % 8 < 4 else 0.0) for at in range(80)]
    figures = [mean_of_late(points[:n], points[n - 1][0]) for n in range(40, 80)]
    assert all(figure is not None and 40 < figure < 56 for figure in figures)
    assert mean_of_late([], 0) is None
    assert mean_of_late([(0, 5.0)], SMOOTH_NS + 1) is None
    assert mean_of_late([(0, None)], 0) is None


def test_a_load_that_is_over_has_no_speed_but_that_of_its_run() -> None:
    done = msgspec.structs.replace(running(), live=live(phase="done"))
    assert output_speed(done) is None
    assert run_speed(done) == 39_936 / 62
    assert run_speed(SessionView()) is None


def test_others_are_told_only_where_there_are_any() -> None:
    nobody = (ServerTraffic(at_ns=1, others_decode_tps=0.0),)
    assert others_speed(SessionView(traffic_history=nobody)) is None
    assert others_speed(SessionView(traffic_history=(ServerTraffic(at_ns=1, others_decode_tps=7.0),))) == 7.0


def test_each_tile_warns_by_its_own_limit() -> None:
    assert [tile.level for tile in tiles_of(running())] == [""] * 5
    missed = live(slo=(SloState(expression="itl_p99<5ms", value=9.0, met=False),))
    assert [tile.level for tile in tiles_of(msgspec.structs.replace(running(), live=missed))][2] == "bad"
    spilled = tiles_of(spill())[4]
    assert (spilled.level, spilled.of) == ("bad", "spill 2.6")


def test_without_a_card_the_queue_and_the_errors_stand_there() -> None:
    assert [tile.name for tile in tiles_of(no_gpu())] == ["output", "TTFT", "ITL", "queue", "failed"]
    assert [tile.text for tile in tiles_of(SessionView())] == ["–", "–", "–", "–", "0"]


def test_runs_from_before_traffic_get_the_prompts_their_slots_read() -> None:
    def slots(at_ns: int, *told: tuple[int, int]) -> SlotsRead:
        readings = tuple(
            SlotReading(
                id=n, n_ctx=100, is_processing=True, task=task, prompt_processed=read, prompt_cached=10
            )
            for n, (task, read) in enumerate(told)
        )
        return SlotsRead(at_ns=at_ns, slots=readings)

    builder = ViewBuilder()
    for event in (
        slots(SECOND, (1, 50)),
        slots(2 * SECOND, (1, 80), (7, 60)),
        slots(3 * SECOND, (1, 80), (8, 30)),
    ):
        builder.observe(event)
    assert [point.prefill_tps for point in builder.view().traffic_history] == [30 + 50, 20]


def test_what_happened_becomes_marks() -> None:
    builder = ViewBuilder()
    builder.observe(Noticed(at_ns=1, level="info", text="concurrency is now 6", code=CHANGED))
    builder.observe(Noticed(at_ns=2, level="warning", text="full", code="spill"))
    unmet = SloState(expression="ttft_p95<1s", value=2.0, met=False)
    for at_ns, slos in ((3, (unmet,)), (4, (unmet,)), (5, ()), (6, (unmet,))):
        builder.observe(live(at_ns=at_ns, slo=slos))
    builder.observe(ServerChanged(at_ns=7, status=failed().server))
    builder.observe(ServerChanged(at_ns=8, status=failed().server))
    marks = [(mark.at_ns, mark.kind, mark.text) for mark in builder.view().marks]
    assert marks == [
        (1, "changed", "6 workers"),
        (2, "spill", "spill"),
        (3, "slo", "ttft_p95<1s"),
        (6, "slo", "ttft_p95<1s"),
        (7, "crash", "crash"),
    ]
