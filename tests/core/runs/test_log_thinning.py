"""However much a server writes, a run's events keep the beginning, some of the rest, and the end of it."""

from rocmtui.core.runs.log_thinning import FULL_CHARS, FULL_NS, LAST_LINES, MAX_LINES_A_SECOND, LogThinner
from rocmtui.core.session.events import LogRead

SECOND = 1_000_000_000
LONG = "x" * 1000


def flood(thinner: LogThinner, seconds: int) -> list[LogRead]:
    """A thousand numbered lines of 1,000 characters each second; what is written of them."""
    written = []
    for n in range(seconds * 10):
        lines = tuple(f"{n * 100 + k} {LONG}" for k in range(100))
        if (log := thinner.take(LogRead(at_ns=n * SECOND // 10, lines=lines), 0)) is not None:
            written.append(log)
    return written


def test_a_flood_is_kept_whole_up_to_its_cap_and_then_a_few_lines_a_second() -> None:
    written = flood(LogThinner(), 60)
    chars = sum(len(line) for log in written for line in log.lines)
    assert FULL_CHARS * 0.95 < chars < FULL_CHARS + 60 * MAX_LINES_A_SECOND * 1010
    assert [len(log.lines) for log in written[-3:]] == [MAX_LINES_A_SECOND] * 3


def test_the_last_lines_come_whole_with_a_line_of_how_many_were_left_out() -> None:
    thinner = LogThinner()
    kept = sum(len(log.lines) for log in flood(thinner, 60))
    last = thinner.last(99)
    assert last is not None
    assert last.at_ns == 99
    assert (
        last.lines[0] == f"... {60_000 - kept:,} lines left out among those above; the last {LAST_LINES}: ..."
    )
    assert [line.split()[0] for line in last.lines[1:]] == [str(60_000 - n) for n in range(LAST_LINES, 0, -1)]
    assert thinner.last(100) is None


def test_a_quiet_log_has_nothing_left_out() -> None:
    thinner = LogThinner()
    late = LogRead(at_ns=FULL_NS + SECOND, lines=("a", "b"))
    assert thinner.take(late, 0) == late
    assert thinner.last(late.at_ns) is None


def test_a_line_without_end_is_cut_after_the_beginning() -> None:
    log = LogThinner().take(LogRead(at_ns=FULL_NS, lines=("y" * 60_000,)), 0)
    assert log is not None
    assert len(log.lines[0]) == 2000
