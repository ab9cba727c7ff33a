"""What a TTFT is made of."""

import msgspec

from rocmtui.core.request.network import NetworkFigures
from rocmtui.core.request.record import Phase, RequestRecord, ServerTimings
from rocmtui.core.request.ttft_split import RecentSplits, TtftSplit, split_of, wire_ms

MS = 1_000_000


def request(queue: int, prefill: float, rest: int, **changes: object) -> RequestRecord:
    first = queue * MS + int(prefill * MS) + rest * MS
    record = RequestRecord(
        id=1,
        worker=0,
        phase=Phase.MEASURED,
        sent_ns=0,
        headers_ns=queue * MS,
        first_token_ns=first,
        last_token_ns=first + 100 * MS,
        done_ns=first + 101 * MS,
        output_tokens=10,
        timings=ServerTimings(prompt_n=10, prompt_ms=prefill, predicted_n=10, predicted_ms=100),
    )
    return msgspec.structs.replace(record, **changes)


def test_the_parts_add_up_to_ttft() -> None:
    split = split_of(request(20, 300.0, 5))
    assert split == TtftSplit(20.0, 300.0, 5.0)
    assert split.total_ms == 325.0


def test_the_wire_is_a_part_of_the_rest_and_never_subtracted() -> None:
    near = request(20, 300.0, 5, network=NetworkFigures(rtt_us=900, rtt_min_us=400))
    assert wire_ms(near) == 0.4
    assert split_of(near) == TtftSplit(20.0, 300.0, 5.0)
    far = request(20, 300.0, 5, network=NetworkFigures(rtt_us=90_000, rtt_min_us=80_000))
    assert wire_ms(far) == 5.0  # an estimate is no reason to say more than there is
    assert wire_ms(request(20, 300.0, 5)) is None
    assert wire_ms(request(20, 300.0, 5, network=NetworkFigures(rtt_us=900))) is None


def test_without_the_servers_clock_there_is_no_split() -> None:
    bare = request(20, 300.0, 5, timings=None)
    assert split_of(bare) is None
    recent = RecentSplits()
    recent.observe((bare,))
    assert recent.mean() is None


def test_only_measured_and_completed_requests_count() -> None:
    recent = RecentSplits()
    recent.observe(
        (
            request(10, 100.0, 2),
            request(30, 300.0, 4),
            request(999, 999.0, 9, phase=Phase.WARMUP),
            request(999, 999.0, 9, cancelled=True),
        )
    )
    assert recent.mean() == TtftSplit(20.0, 200.0, 3.0)


def test_a_sliding_list_is_followed() -> None:
    records = tuple(request(10 * n, 100.0, 1) for n in range(8))
    recent = RecentSplits()
    for first, end in ((0, 3), (0, 5), (2, 6), (2, 6), (5, 8)):
        recent.observe(records[first:end])
        assert [record for record, _ in recent.splits] == list(records[first:end])
    recent.observe(())
    assert recent.splits == []


def test_shares_belong_to_the_bin_of_their_ttft() -> None:
    recent = RecentSplits()
    recent.observe((request(0, 50.0, 0), request(100, 100.0, 0), request(900, 100.0, 0)))
    assert recent.shares([10.0, 100.0, 1000.0, 10000.0]) == [
        (0.0, 1.0, 0.0),
        (0.5, 0.5, 0.0),
        (0.9, 0.1, 0.0),
    ]
    assert RecentSplits().shares([1.0, 2.0]) == [None]
