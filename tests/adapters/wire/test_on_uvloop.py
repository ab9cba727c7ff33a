"""Load processes run on uvloop: what holds on asyncio's own loop holds there too."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import uvloop

from rocmtui.core.request.record import ErrorKind
from rocmtui.embedded.known.behaviour import Fault
from tests.adapters.wire import test_arrivals
from tests.adapters.wire import test_sockets as socket_tests
from tests.adapters.wire import test_timing_transport as transport_tests
from tests.adapters.wire import test_tls as tls_tests
from tests.adapters.wire import test_wire_faults as fault_tests
from tests.embedded.known import test_server as server_tests

Check = Callable[[], Awaitable[None]]

CHECKS: tuple[Check, ...] = (
    fault_tests.test_a_stale_connection_is_replaced_once_and_noted,
    fault_tests.test_a_server_that_dies_while_we_retry_is_gone_rather_than_refusing,
    fault_tests.test_nobody_listens,
    fault_tests.test_nobody_accepts,
    fault_tests.test_no_answer_and_a_stalled_stream_time_out_by_their_phase,
    fault_tests.test_cancelling_closes_the_socket_which_frees_the_slot,
    fault_tests.test_cancelling_while_queued_leaves_the_queue,
    transport_tests.test_the_tap_takes_the_body_and_the_response_stays_empty,
    transport_tests.test_a_response_cut_at_every_byte_reads_the_same,
    transport_tests.test_a_long_request_goes_out_whole,
    transport_tests.test_the_open_connection_waits_for_its_time,
    transport_tests.test_a_body_that_breaks_off_raises,
    socket_tests.test_a_peer_that_resets_in_the_middle_is_gone_and_what_came_counts,
    socket_tests.test_a_reset_before_the_first_byte_is_tried_once_more,
    socket_tests.test_a_server_that_closes_its_half_has_answered_in_full,
    socket_tests.test_a_half_closed_stream_without_its_end_is_cut,
    socket_tests.test_a_stream_of_megabytes_is_counted_to_the_last_token,
    socket_tests.test_many_requests_leave_no_descriptor,
    server_tests.test_the_timer_never_fires_early_and_in_order,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("test_"))
def test_the_same(check: Check) -> None:
    uvloop.run(_awaited(check))


def test_a_unix_socket(tmp_path: Path) -> None:
    uvloop.run(transport_tests.test_a_unix_socket(tmp_path))


def test_https(monkeypatch: pytest.MonkeyPatch) -> None:
    uvloop.run(tls_tests.test_a_trusted_certificate(monkeypatch))


def test_a_slow_reader() -> None:
    uvloop.run(socket_tests.test_a_slow_reader_holds_the_server_back())


def test_arrival_is_the_kernels(monkeypatch: pytest.MonkeyPatch, stamping: None) -> None:
    family = socket.AF_INET
    uvloop.run(test_arrivals.test_a_reader_held_back_sees_the_arrival_and_not_the_read(monkeypatch, family))
    uvloop.run(test_arrivals.test_tls_keeps_the_stamp(monkeypatch))


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (Fault.CUT, ErrorKind.SERVER_GONE, "middle of its response, after 3 content events"),
        (Fault.NOT_HTTP, ErrorKind.BAD_REPLY, "what came is no HTTP response"),
        (Fault.STALE, ErrorKind.SERVER_GONE, "without sending a response, before it answered"),
    ],
)
def test_each_fault_has_its_kind(fault: Fault, kind: ErrorKind, words: str) -> None:
    uvloop.run(fault_tests.test_each_fault_has_its_kind(fault, kind, words))


async def _awaited(check: Check) -> None:
    await check()
