"""Other clients on the measured server are told of beside the figures."""

from __future__ import annotations

from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.report.audit.others import OthersTally
from rocmtui.core.server.log.served import ServedRequest
from rocmtui.core.session.events import ServerTraffic


def served(*, ours: bool) -> ServedRequest:
    return ServedRequest(at_ns=1, slot=0, task=1, output_tokens=40, ours=ours)


def words(phase: str, *traffic: ServerTraffic) -> str | None:
    tally = OthersTally()
    tally.observe(LiveSnapshot(at_ns=0, phase=phase))  # type: ignore[arg-type]
    for event in traffic:
        tally.observe(event)
    return tally.words


def test_their_requests_and_their_speed() -> None:
    theirs = ServerTraffic(at_ns=1, others_decode_tps=12.34, served=(served(ours=False), served(ours=True)))
    assert words("measured", theirs) == (
        "other clients used the server while it was measured: 1 request of theirs ended (40 tokens), "
        "up to 12.3 tok/s beside ours"
    )


def test_ours_alone_and_what_cannot_be_told_say_nothing() -> None:
    ours = ServerTraffic(at_ns=1, decode_tps=90.0, others_decode_tps=0.2, served=(served(ours=True),))
    assert words("measured", ours, ServerTraffic(at_ns=2, decode_tps=9.0)) is None


def test_what_they_did_before_the_load_is_not_of_it() -> None:
    assert words("idle", ServerTraffic(at_ns=1, served=(served(ours=False),))) is None
