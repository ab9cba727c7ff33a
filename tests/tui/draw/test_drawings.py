"""Widgets' drawings as text: no app runs."""

import msgspec

from rocmtui.core.host.sample import HostSample, MachineLoad, Pressure, ServerLoad, ThreadLoad
from rocmtui.core.request.network import NetworkFigures
from rocmtui.core.request.record import ErrorKind, RequestError
from rocmtui.core.request.ttft_split import RecentSplits
from rocmtui.core.server.state import SlotReading
from rocmtui.core.session.events import ServerTraffic
from rocmtui.core.session.marks import Mark
from rocmtui.core.session.view import HistoryPoint, SessionView
from rocmtui.core.stats.histogram import Histogram
from rocmtui.tui.dashboard.chart.histogram import draw_histogram
from rocmtui.tui.dashboard.chart.speed import SpeedPanel, draw_chart
from rocmtui.tui.dashboard.gpu.panel import draw_everything, draw_gpus, draw_machine
from rocmtui.tui.dashboard.server_story import draw_story
from rocmtui.tui.dashboard.slots import draw_slots
from rocmtui.tui.draw.lines import Part, Span, choose, ends, fit, frame
from rocmtui.tui.requests.bars import scale_of
from rocmtui.tui.requests.timeline import draw_timeline
from rocmtui.tui.requests.waterfall import draw_waterfall
from tests.fakes.scripted_views import crowded, failed, live, no_gpu, record, running, slot, spill, starting
from tests.tui.screen_text import text_of

SECOND = 1_000_000_000


def histogram(*values: tuple[float, int]) -> Histogram:
    counted = Histogram()
    for value, times in values:
        for _ in range(times):
            counted.add(value)
    return counted


def test_decode_stands_on_the_time_axis_and_prefill_hangs_from_it() -> None:
    speeds = [(None, None), (25.0, 400.0), (50.0, 1000.0), (75.0, None), (100.0, 0.0), (100.0, 250.0)]
    view = SessionView(
        history=tuple(
            HistoryPoint(at_ns=step * 5 * SECOND, output_tps=decode, prefill_tps=None, in_flight=1)
            for step, (decode, _) in enumerate(speeds)
        ),
        traffic_history=tuple(
            ServerTraffic(at_ns=step * 5 * SECOND, prefill_tps=read) for step, (_, read) in enumerate(speeds)
        ),
        marks=(Mark(at_ns=15 * SECOND, kind="spill", text="x"),),
    )
    assert text_of(draw_chart(view, 60 * SECOND, 18, 8)) == [
        " 100 ┤          ██",
        "     │         ▆██",
        "     │        ▄███",
        "     │       ▂████",
        "     │       █████",
        "   0 ┼60s╌⚠ x──now",
        "     │       ██  ▀",
        "  1k ┤        █   ",
    ]


def test_tokens_of_other_clients_stand_on_ours() -> None:
    view = SessionView(
        history=tuple(
            HistoryPoint(at_ns=at * 5 * SECOND, output_tps=50.0, prefill_tps=None, in_flight=1)
            for at in range(12)
        ),
        traffic_history=tuple(
            ServerTraffic(at_ns=at * 5 * SECOND, others_decode_tps=50.0 if at > 8 else 0.0)
            for at in range(12)
        ),
    )
    lines = draw_chart(view, 60 * SECOND, 18, 4)
    assert text_of(lines)[:2] == [" 100 ┤         ▒▒▒", "     │████████████"]
    assert {span.role for span in lines[0] if "▒" in span.text} == {"others"}


def test_a_histogram_marks_its_percentiles_on_a_log_scale() -> None:
    values = histogram((12.0, 51), (30.0, 44), (80.0, 6))
    assert text_of(draw_histogram(values, Histogram(), "ttft", 30, 5)) == [
        "  █           ▅               ",
        "  █           █               ",
        "  █           █            ▃  ",
        "──▲p50──────────────p95–p99▲──",
        "10       20         50     100",
    ]


def test_a_baseline_shows_where_the_bars_leave_room() -> None:
    values = histogram((12.0, 51), (30.0, 44), (80.0, 6))
    ghost = histogram((20.0, 10), (45.0, 5), (30.0, 10))
    lines = draw_histogram(values, ghost, "ttft", 30, 5)
    assert text_of(lines)[:3] == [
        "  █      ╎    ▅               ",
        "  █      ╎    █    ╎          ",
        "  █      ╎    █    ╎       ▃  ",
    ]
    roles = {span.text.strip(): span.role for span in lines[0] if span.text.strip()}
    assert roles == {"█": "decode@100", "╎": "ghost", "▅": "decode/ghost@100"}


def test_bars_are_divided_into_queue_prefill_and_rest() -> None:
    lines = draw_histogram(
        histogram((20.0, 8)), Histogram(), "ttft", 30, 6, lambda edges: [(0.5, 0.25, 0.25)] * (len(edges) - 1)
    )
    bar = [next(span for span in line if span.text.strip()) for line in lines[:4]]
    assert [(span.text, span.role) for span in bar] == [
        ("▒", "overhead"),
        ("█", "prefill"),
        ("░", "queue"),
        ("░", "queue"),
    ]


def test_an_empty_histogram_says_so() -> None:
    lines = text_of(draw_histogram(Histogram(), Histogram(), "ttft", 30, 5))
    assert [line.strip() for line in lines] == ["", "no measured request has ended"]


def test_slots_as_a_table() -> None:
    assert text_of(draw_slots((slot(0), slot(1, "prefill"), slot(3, "idle")), 76, 5)) == [
        "#  phase     prompt          gen         tok/s  context",
        "0  ▶ gen     68 +1 cached    30/200      42.3   ▪╸──────────────── 600/8,192",
        "1  ▼ prefill 83 % of 1,228   –           –      ▪▪────────────── 1,024/8,192",
        "3  · idle    –               –           –      ╸───────────────── 154/8,192",
    ]


def test_many_slots_as_a_grid() -> None:
    slots = tuple(slot(n, ("generate", "prefill", "idle")[n % 3]) for n in range(6))
    assert text_of(draw_slots(slots, 44, 3)) == [
        "  0 ▶ ▪──   30  42.3    3 ▶ ━──   81  39.3  ",
        "  1 ▼ ▪── 83 %          4 ▼ ▪── 83 %        ",
        "  2 · ╸──               5 · ╸──             ",
    ]


def test_a_slot_at_work_shows_what_was_cached_computed_and_generated() -> None:
    busy = SlotReading(
        id=0,
        n_ctx=1000,
        is_processing=True,
        ctx_tokens=1000,
        prompt_cached=500,
        prompt_processed=250,
        prompt_total=750,
        decoded=250,
    )
    (line,) = draw_slots((busy,), 110, 1)
    lane = [(span.role, len(span.text)) for span in line if span.tag == "ctx_tokens"]
    assert lane == [("good", 21), ("prefill", 11), ("decode", 10), ("border", 0), ("warning", 12)]
    assert text_of(draw_slots((busy,), 110, 2))[0].endswith("context ╍ cached ▪ computed ━ generated")


def test_a_context_without_room_for_its_size_is_not_cut() -> None:
    busy = SlotReading(id=0, n_ctx=8192, is_processing=True, ctx_tokens=2400, decoded=64)
    assert text_of(draw_slots((busy,), 56, 1))[0].rstrip().endswith(" 2,400")


def test_what_is_not_known_of_a_slot_is_a_dash() -> None:
    bare = SlotReading(id=0, n_ctx=2048, is_processing=True)
    assert text_of(draw_slots((bare,), 60, 2))[1] == (
        "0  ▼ prefill –               –           –      ──── –/2,048"
    )


def test_a_load_that_is_over_has_no_speed_now() -> None:
    view = running()
    assert "▲ decode 171" in text_of(SpeedPanel().draw(view, 60, 8))[0]
    lines = text_of(SpeedPanel().draw(msgspec.structs.replace(view, live=live(phase="done")), 70, 8))
    assert "▲ decode –" in lines[0]
    assert any(line.endswith("─end │") for line in lines)
    assert not any("now" in line for line in lines)


def test_stages_with_the_time_they_took() -> None:
    assert text_of(draw_story(starting(), 60, 5)) == [
        "✓ devices              2.0 s  ",
        "✓ reading weights      2.0 s  ",
        "◐ offload              5.0 s  49/49 layers to ROCm0",
    ]


def test_a_failure_with_its_remedy_and_proof() -> None:
    assert text_of(draw_story(failed(), 60, 5)) == [
        "✗ The model does not fit: ROCm could not allocate 18.2 GiB",
        "  on device 0. (exit 1)",
        "→ Use fewer slots or a shorter context: -np 2 -c 4096, or a",
        "  smaller quantization.",
        "… 3 more lines: 3, enter",
    ]
    assert (
        text_of(draw_story(failed(), 60, 7))[4]
        == "│ ggml_backend_cuda_buffer_type_alloc_buffer: allocating 1864…"
    )


def test_the_scale_of_requests_has_round_times() -> None:
    assert text_of([scale_of(4450.0, 48)]) == ["0────── 1s──────── 2s──────── 3s──────── 4s─────  "]
    assert text_of([scale_of(340.0, 24)]) == ["0─────── 200ms──────────  "]
    assert text_of([scale_of(0.0, 12)]) == ["0             "]


def test_a_card_with_its_memory_by_owner_and_its_spill() -> None:
    without_history = msgspec.structs.replace(spill(), gpu_history=())
    assert text_of(draw_gpus(without_history, 44, 10)) == [
        "vram  ████████████████▓▓▓▚═══▒ 23.9/24.0 GiB",
        "      █ weights 16.2  ▓ KV 3.4  ",
        "      ▚ compute 0.5  ═ server 3.0  ",
        "      ▒ others 0.8  ░ free 0.1  ",
        "⚠ spill: 2.6 GiB in system memory",
        "⚠ held back by power cap",
        "power ━━━━━━━━━━━╸──────────────── 141/339 W",
        "temp  hot 84°  mem 78°  edge 66°  fan 1200",
        "MHz   core 2,482  mem 1,249  busy 98 %",
        "gtt   ━━╸────────────────────── 2.9/31.2 GiB",
    ]


def test_the_last_minute_stands_below_all_figures() -> None:
    drawn = text_of(draw_gpus(spill(), 44, 12))
    assert drawn[-1] == f"60 s  W {'▇' * 15}  GiB {'▇' * 15}"
    short = msgspec.structs.replace(spill(), gpu_history=spill().gpu_history[:20])
    assert text_of(draw_gpus(short, 44, 11))[-1].endswith("W           ▂▃▅▆▇  GiB           ▇▇▇▇▇")


def test_eight_cards_in_an_aligned_row_each() -> None:
    assert text_of(draw_gpus(crowded(), 44, 9))[:3] == [
        "#  memory                             W  hot",
        "0  ▒▒▒▒▒▒▒░░░░░░░    12.0/24.0  180/339  84°",
        "1  ▒▒▒▒▒▒▒▒░░░░░░    13.0/24.0  192/339  84°",
    ]
    wide = text_of(draw_gpus(crowded(), 110, 9))[1]
    for figure in ("RX 7900 XTX", "12.0/24.0", "180/339", "84°", "2,482", "98 %"):
        assert figure in wide
    assert "3 more cards" in text_of(draw_gpus(crowded(), 44, 6))[-1]


def test_a_card_that_spills_says_so_at_every_width() -> None:
    view = crowded()
    assert view.gpu is not None
    cards = (msgspec.structs.replace(view.gpu.gpus[0], spill_bytes=1 << 30), *view.gpu.gpus[1:])
    spilled = msgspec.structs.replace(view, gpu=msgspec.structs.replace(view.gpu, gpus=cards))
    for width in (40, 60, 80, 110):
        assert "⚠" in text_of(draw_gpus(spilled, width, 9))[1]


def test_who_holds_the_memory_is_named_where_there_is_room() -> None:
    named = [line.strip() for line in text_of(draw_gpus(running(), 60, 30))]
    assert any("llama-server" in line and "20.8" in line for line in named)


def test_no_card_is_a_calm_sentence() -> None:
    assert text_of(draw_gpus(no_gpu(), 44, 9)) == [
        "No AMD GPU: looked in /sys/class/drm and",
        "found nothing there.",
        "Everything else works without one.",
    ]


def test_waterfall_adds_queue_prefill_and_rest() -> None:
    recent = RecentSplits()
    recent.observe((record(3), record(4)))
    assert text_of(draw_waterfall(recent, 50, 4)) == [
        "mean  ░░░░░░░░░░████████████▒               685 ms",
        "#3    ░░░░░░░░░░░░░░░░░░░███████████████▒   1.06 s",
        "#4    ░█████████                            309 ms",
    ]


def test_timeline_of_one_request() -> None:
    assert [line.rstrip() for line in text_of(draw_timeline(record(3), 60))] == [
        "queue     ░░░░░░                                      601 ms",
        "prefill         ████                                  458 ms",
        "rest                ─                                   2 ms",
        "decode              ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒    3.30 s",
        "last byte                                        ─      1 ms",
        "          0                                 4.36 s",
        "",
        "TTFT 1.06 s  ITL 26.0 ms  tok/s 38.5  total 4.36 s",
        "prompt 68  cached 1  output 128  events 128  finish length",
        "worker 3  process 0  slot –  stale retries 0",
    ]


def test_the_timeline_says_how_much_of_the_rest_is_the_wire() -> None:
    network = NetworkFigures(rtt_us=900, rtt_min_us=500, retransmits=1)
    far = msgspec.structs.replace(record(3), network=network)
    drawn = [line.rstrip() for line in text_of(draw_timeline(far, 110))]
    assert drawn[2].split() == ["rest", "─", "2", "ms"]
    assert drawn[3].split() == ["wire", "─", "0.50", "ms"]
    assert drawn[-1] == "network's round trip 0.90 ms  packets sent again 1"


def test_timeline_of_a_failed_request() -> None:
    error = RequestError(kind=ErrorKind.TIMEOUT_READ, message="silent for 120 s", remedy="raise --timeout")
    drawn = [line.rstrip() for line in text_of(draw_timeline(record(3, error), 60))]
    assert drawn[0] == "waiting   ────────────────────────────────────────       1 s"
    assert drawn[-2:] == ["✗ timeout_read  silent for 120 s", "→ raise --timeout"]


def test_a_line_is_cut_and_padded_by_cells() -> None:
    assert text_of([fit([Span("漢字漢字")], 5)]) == ["漢字…"]
    assert text_of([fit([Span("ab")], 4)]) == ["ab  "]
    assert text_of([ends([Span("left side")], [Span("right")], 10)]) == ["left…right"]


def test_the_least_needed_parts_go_first() -> None:
    parts = [Part(0, [Span("aa")]), Part(2, [Span("bb")]), Part(1, [Span("cc")])]
    assert text_of([choose(parts, 10), choose(parts, 9), choose(parts, 3)]) == ["aa  bb  cc", "aa  cc", "aa"]


def test_a_frame_carries_title_and_figures() -> None:
    drawn = frame((24, 3), [[Span("body")]], title=[Span("name")], right=[Span("42")], foot=[Span("n 7")])
    assert text_of(drawn) == [
        "╭─ name ────────── 42 ─╮",
        "│ body                 │",
        "╰──────────────── n 7 ─╯",
    ]


def test_the_frame_with_the_focus_is_told_without_colour() -> None:
    drawn = frame((24, 3), [[Span("body")]], title=[Span("name")], right=[Span("42")], focused=True)
    assert text_of(drawn)[0] == "╭━ name ━━━━━━━━━━ 42 ━╮"


def test_cards_that_find_no_row_are_counted() -> None:
    sample = crowded().gpu
    assert sample is not None
    many = tuple(msgspec.structs.replace(sample.gpus[0], index=n, pci=f"0000:{n:02x}:00.0") for n in range(8))
    view = msgspec.structs.replace(crowded(), gpu=msgspec.structs.replace(sample, gpus=many))
    drawn = text_of(draw_gpus(view, 60, 5))
    assert [line[0] for line in drawn[:4]] == ["0", "1", "2", "3"]
    assert drawn[4].startswith("4 more cards need a taller window")


def test_what_is_normal_joins_the_card_when_asked_for() -> None:
    sample = spill().gpu
    assert sample is not None
    gpu = msgspec.structs.replace(sample.gpus[0], voltage_mv=812.0, errors_corrected=3)
    view = msgspec.structs.replace(spill(), gpu=msgspec.structs.replace(sample, gpus=(gpu,)))
    assert not any("812 mV" in line for line in text_of(draw_gpus(view, 60, 40)))
    for rows in (40, 13):
        drawn = text_of(draw_everything(view, 60, rows))
        assert any("812 mV" in line for line in drawn)
        assert any("spill" in line for line in drawn)


def test_the_opened_host_shows_threads_by_load_and_pressure_over_time() -> None:
    server = ServerLoad(
        threads=12, working_threads=2, busiest_threads=(ThreadLoad(0.5, 0.5), ThreadLoad(0.25, 0.0))
    )
    pressure = Pressure(cpu=0.87, memory=0.0)
    host = HostSample(at_ns=9, span_s=0.5, server=server, machine=MachineLoad(cores=2, pressure=pressure))
    view = SessionView(at_ns=9, host=host, host_history=(host,))
    drawn = text_of(draw_everything(view, 60, 30))
    bars = [line.partition(" ran")[0][6:] for line in drawn if line.startswith("thr ")]
    halves = len(bars[0]) // 2
    assert bars[0] == "█" * halves + "▒" * halves
    assert abs(bars[1].count("█") - len(bars[1]) / 4) < 1
    assert "▒" not in bars[1]
    assert [line.split()[-2:] for line in drawn if line.endswith("%") and "waited" not in line] == [
        ["87", "%"],
        ["0", "%"],
    ]
    assert not any("waited" in line for line in text_of(draw_machine(view, 60, 30)))
