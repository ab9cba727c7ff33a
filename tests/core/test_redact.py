"""Nothing private leaves with a redacted run."""

import pytest

from rocmtui.core.events import LogRead, ServerChanged, encode
from rocmtui.core.record import ErrorKind, Phase, RequestError, RequestRecord
from rocmtui.core.redact import REMOVED, Redactor
from rocmtui.core.scenario import ClosedLoop, PromptPlan, Scenario
from rocmtui.core.server_state import Diagnosis, LaunchPlan, ServerFacts, ServerStatus

REDACTOR = Redactor(["starbox", "maria"])


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("loading /home/maria/models/gemma.gguf now", "loading …/gemma.gguf now"),
        ("'/opt/x/y.so': cannot open", "'…/y.so': cannot open"),
        ("~/models/a/b.gguf", "…/b.gguf"),
        ("on starbox by maria", f"on {REMOVED} by {REMOVED}"),
        ("Authorization: Bearer abc123", f"Authorization: Bearer {REMOVED}"),
        ("key sk-abcdefgh1234 refused", f"key {REMOVED} refused"),
        ("12 tokens/s at 3/4", "12 tokens/s at 3/4"),
        ("looked in /sys/class/drm and /opt/rocm/lib", "looked in /sys/class/drm and /opt/rocm/lib"),
        ("GET /v1/chat/completions", "GET …/completions"),
    ],
)
def test_text(text: str, clean: str) -> None:
    assert REDACTOR.text(text) == clean


def test_prompts_leave_the_scenario() -> None:
    scenario = Scenario(shape=ClosedLoop(concurrency=1), prompt=PromptPlan(text="my secret plan"))
    assert b"secret plan" not in encode(REDACTOR.scenario(scenario))


def test_a_server_status_keeps_figures_and_loses_places() -> None:
    status = ServerStatus(
        url="http://starbox:8080",
        command=("/home/maria/bin/llama-server", "-m", "/home/maria/m.gguf", "-np", "4"),
        plan=LaunchPlan(model="/home/maria/m.gguf", server_bin="/home/maria/bin/llama-server"),
        facts=ServerFacts(model="m", model_path="/home/maria/m.gguf", n_ctx=2048),
        diagnosis=Diagnosis(
            code="x", cause="no /home/maria/m.gguf", remedy="", proof=("open /home/maria/m",)
        ),
    )
    clean = REDACTOR.event(ServerChanged(at_ns=1, status=status))
    assert isinstance(clean, ServerChanged)
    assert clean.status.facts.n_ctx == 2048
    assert clean.status.command == ("…/llama-server", "-m", "…/m.gguf", "-np", "4")
    assert b"maria" not in encode(clean)
    assert b"starbox" not in encode(clean)


def test_log_lines_that_may_hold_prompts_are_dropped() -> None:
    lines = ("0.01.352.942 D prompt: hello", "x" * 1000, "0.01.352.942 I slot released")
    clean = REDACTOR.event(LogRead(at_ns=1, lines=lines))
    assert clean == LogRead(at_ns=1, lines=("0.01.352.942 I slot released",))


def test_an_error_text_is_cleaned() -> None:
    error = RequestError(kind=ErrorKind.CONNECT, message="cannot reach starbox")
    record = RequestRecord(id=1, worker=0, phase=Phase.MEASURED, done_ns=1, error=error)
    assert b"starbox" not in encode(REDACTOR.record(record))
