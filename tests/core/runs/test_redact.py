"""Nothing private leaves with a redacted run."""

import pytest

from rocmtui.core.load.said import LoadFailed
from rocmtui.core.load.scenario import ClosedLoop, PromptPlan, Scenario
from rocmtui.core.request.record import ErrorKind, Phase, RequestError, RequestRecord
from rocmtui.core.runs.private_words import PrivateWords
from rocmtui.core.runs.redact import REMOVED, Redactor
from rocmtui.core.server.state import Diagnosis, LaunchPlan, ServerFacts, ServerState, ServerStatus
from rocmtui.core.session.events import LogRead, ServerChanged, encode

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
        ("Authorization: Bearer  abc123", f"Authorization: Bearer  {REMOVED}"),
        ('{"api_key":"abc123","n":1}', f'{{"api_key":"{REMOVED}","n":1}}'),
        ("run with -hft abc123", f"run with -hft {REMOVED}"),
        ("box:/home/carl/m/x.gguf", "box:…/x.gguf"),
        ("A=/a/b:/home/carl/m/x", "A=…/b:…/x"),
        ("file:///home/carl/m/x.gguf", "…/x.gguf"),
        ("path:/data/m/x.gguf", "path:…/x.gguf"),
        ("in /home/carl, ~carl/m/x", "in ~, …/x"),
        ("http://127.0.0.1:8080/v1/chat/x", "http://127.0.0.1:8080/v1/chat/x"),
        (
            "http://[::1]:8080/props and http://localhost:1/",
            "http://[::1]:8080/props and http://localhost:1/",
        ),
        ("cannot reach http://gpu-box:8080/props", f"cannot reach http://{REMOVED}/props"),
        (
            "at http://localhost.acme.lan:80/ and http://127.acme.lan",
            f"at http://{REMOVED}/ and http://{REMOVED}",
        ),
        ("http://carl:pass@gpu-box:1/a, http://carl:pass@127.0.0.1", f"http://{REMOVED}/a, http://127.0.0.1"),
        (
            "listening at http://0.0.0.0:80 and http://[::]:80",
            "listening at http://0.0.0.0:80 and http://[::]:80",
        ),
        ("http://[fd00::5]:8080/props", f"http://{REMOVED}/props"),
        (
            "see https://github.com/ggml-org/llama.cpp/pull/9",
            "see https://github.com/ggml-org/llama.cpp/pull/9",
        ),
        ("30 tok/s and/or GET /props, /slots", "30 tok/s and/or GET /props, /slots"),
        ("12 tokens/s at 3/4", "12 tokens/s at 3/4"),
        ("looked in /sys/class/drm and /opt/rocm/lib", "looked in /sys/class/drm and /opt/rocm/lib"),
        ("GET /v1/chat/completions", "GET …/completions"),
    ],
)
def test_text(text: str, clean: str) -> None:
    assert REDACTOR.text(text) == clean


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("http://127.0.0.1:80", "http://127.0.0.1:80"),
        ("https://[::1]:80/a", "https://[::1]:80/a"),
        ("http://localhost.acme.lan:80", REMOVED),
        ("http://127.acme.lan", REMOVED),
        ("http://carl:pass@127.0.0.1:80", "http://127.0.0.1:80"),
        ("unix:///home/carl/s", REMOVED),
        ("http://[", REMOVED),
        (None, None),
    ],
)
def test_the_address_of_a_server(url: str | None, clean: str | None) -> None:
    assert REDACTOR.url(url) == clean


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


@pytest.mark.parametrize(
    ("path", "clean"),
    [
        ("/mnt/data/Acme Corp Secret/m.gguf", "…/m.gguf"),
        ("models/acme/m.gguf", "…/m.gguf"),
        ("/home/carl", "~"),
        ("/home/carl/", "~"),
        ("m.gguf", "m.gguf"),
        ("/models/maria.gguf", f"…/{REMOVED}.gguf"),
    ],
)
def test_of_a_path_the_last_part_stays(path: str, clean: str) -> None:
    assert REDACTOR.path(path) == clean


def test_a_command_line_loses_keys_and_folders_with_blanks() -> None:
    words = ("-hft", "abc", "--lora", "/mnt/A B/x.gguf", "--url=http://127.0.0.1/a")
    clean = ("-hft", "•••", "--lora", "…/x.gguf", "--url=http://127.0.0.1/a")
    assert REDACTOR.command(words) == clean


def test_what_a_run_tells_of_hosts_and_folders_goes_wherever_it_stands() -> None:
    plan = LaunchPlan(model="/mnt/Acme Corp/m.gguf", host="192.168.7.9", alias="the 192.168.7.9 one")
    status = ServerStatus(url="http://GPU.lan:8080", plan=plan, command=("x", "--host", "10.0.0.5,127.0.0.1"))
    private = PrivateWords()
    private.events([ServerChanged(at_ns=1, status=status)])
    assert private.names == {"192.168.7.9", "gpu.lan", "10.0.0.5"}
    redactor = Redactor(private.names, private.folders)
    told = LoadFailed(at_ns=2, process=0, message="GPU.lan, 10.0.0.5: no /mnt/Acme Corp/lora/x at 127.0.0.1")
    clean = [redactor.event(event) for event in (ServerChanged(at_ns=1, status=status), told)]
    assert clean[1] == LoadFailed(at_ns=2, process=0, message=f"{REMOVED}, {REMOVED}: no …/x at 127.0.0.1")
    text = b"".join(map(encode, clean))
    assert [word for word in (b"192.168", b"10.0.0", b"GPU", b"Acme") if word in text] == []


def test_a_host_called_like_a_word_of_ours_breaks_nothing() -> None:
    redactor = Redactor(["apu", "ready", "chat"])
    status = ServerStatus(state=ServerState.READY)
    assert redactor.event(ServerChanged(at_ns=1, status=status)) == ServerChanged(at_ns=1, status=status)


def test_log_lines_that_may_hold_prompts_are_dropped() -> None:
    lines = ("0.01.352.942 D prompt: hello", "x" * 1000, "0.01.352.942 I slot released")
    clean = REDACTOR.event(LogRead(at_ns=1, lines=lines))
    assert clean == LogRead(at_ns=1, lines=("0.01.352.942 I slot released",))


def test_an_error_text_is_cleaned() -> None:
    error = RequestError(kind=ErrorKind.CONNECT, message="cannot reach starbox")
    record = RequestRecord(id=1, worker=0, phase=Phase.MEASURED, done_ns=1, error=error)
    assert b"starbox" not in encode(REDACTOR.record(record))
