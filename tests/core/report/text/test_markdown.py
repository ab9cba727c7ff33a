"""A report to be read, and its schema."""

import json
from importlib.resources import files

import jsonschema
import msgspec
import pytest

from rocmtui.core.gpu.reading import GpuReading, GpuSample, GpuSummary
from rocmtui.core.load.said import LoadFailed, LoadFinished
from rocmtui.core.load.scenario import ClosedLoop, PromptPlan, Scenario
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.load.workload import ConversationPlan, TracePlan
from rocmtui.core.report.document import Report, Server
from rocmtui.core.report.facts import RunFacts
from rocmtui.core.report.from_events import report_of_events
from rocmtui.core.report.text.markdown import report_markdown
from rocmtui.core.request.record import Phase, RequestRecord, ServerTimings
from rocmtui.core.server.state import ServerFacts, ServerState, ServerStatus
from rocmtui.core.session.events import GpuRead, Noticed, RunStarted, ServerChanged
from rocmtui.core.stats.histogram import Histogram
from rocmtui.core.text import forms
from rocmtui.core.text.documents import pretty
from tests.fakes.made_report import build_report
from tests.fakes.report_schema import schema_text

MS = 1_000_000
SCENARIO = Scenario(
    shape=ClosedLoop(concurrency=2), prompt=PromptPlan(tokens=64), requests=6, slo=("ttft_p95<500ms",)
)


def requests(count: int) -> list[RequestRecord]:
    return [
        RequestRecord(
            id=number,
            worker=0,
            phase=Phase.MEASURED,
            sent_ns=number * 200 * MS,
            headers_ns=(number * 200 + 5) * MS,
            first_token_ns=(number * 200 + 100) * MS,
            last_token_ns=(number * 200 + 190) * MS,
            done_ns=(number * 200 + 190) * MS,
            prompt_tokens=64,
            cached_tokens=0,
            output_tokens=10,
            timings=ServerTimings(prompt_n=64, prompt_ms=90.0, predicted_n=10, predicted_ms=90.0),
        )
        for number in range(count)
    ]


def full_report() -> Report:
    facts = RunFacts(
        tool_version="1",
        unix_ns=1_777_889_472_000_000_000,
        label="a run",
        scenario=SCENARIO,
        server=Server(
            model="evil | `model`\x1b[2J", parallel=2, n_ctx=2048, args=("llama-server", "-np", "2")
        ),
        gpu=(GpuSummary(pci="0000:03:00.0", name="RX 7900 XTX", vram_peak_bytes=3 << 30),),
    )
    return build_report(facts, requests(30))


def test_packaged_schema_is_the_one_of_the_code() -> None:
    packaged = files("rocmtui").joinpath("schemas/report.schema.json").read_text()
    how = "write tests.fakes.report_schema.schema_text() to rocmtui/schemas/report.schema.json"
    assert packaged == schema_text(), how


@pytest.mark.parametrize("report", [full_report(), build_report(RunFacts(tool_version="1", unix_ns=0), [])])
def test_reports_hold_to_the_schema(report: Report) -> None:
    schema = json.loads(schema_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(pretty(report)), schema)


def test_the_schema_refuses_what_is_no_report() -> None:
    value = json.loads(pretty(full_report()))
    for wrong in (value | {"schema": "other"}, value | {"requests": {}}, {}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, json.loads(schema_text()))


def test_markdown_has_figures_warnings_and_no_foreign_markup() -> None:
    text = report_markdown(full_report())
    assert "\n\n> **Warning:** 30 requests completed: p99 is in effect the slowest one\n" in text
    assert "| time to first token | ms | 100 | 100 | 100 | 100 | 100 | 100 |" in text
    assert "| ttft\\_p95\\<500ms | 100 ms | met |" in text
    assert "evil \\| \\`model\\`, 2 slots, context 2048 a slot" in text
    assert "| RX 7900 XTX 0000:03:00.0 | – | – | 3.0 GiB | – | – | – |" in text
    assert "\x1b" not in text


def test_an_empty_report_can_be_read_too() -> None:
    text = report_markdown(build_report(RunFacts(tool_version="1", unix_ns=0), []))
    assert "0 of 0 requests completed; ended: cut off." in text


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "–"), (0.0, "0"), (0.1234, "0.12"), (1.5, "1.50"), (49.96, "50.0"), (1234.5, "1,234")],
)
def test_numbers(value: float | None, shown: str) -> None:
    assert forms.figure(value) == shown


def test_a_run_on_disk_tells_all_its_report_needs() -> None:
    status = ServerStatus(
        state=ServerState.READY, url="http://127.0.0.1:1", pid=7, facts=ServerFacts(model="gemma", parallel=4)
    )
    end = LoadFinished(
        at_ns=9,
        process=0,
        first_sent_ns=0,
        last_done_ns=2_000 * MS,
        cpu_seconds=0.1,
        wall_seconds=1.0,
        loop_lag_ms_p99=0.5,
        loop_lag_ms_max=0.6,
        icl=Histogram(),
        reason="duration",
    )
    events = [
        RunStarted(at_ns=1, unix_ns=5, tool_version="1.2", label="x"),
        ServerChanged(at_ns=2, status=status),
        ServerChanged(at_ns=3, status=msgspec.structs.replace(status, state=ServerState.STOPPING, pid=None)),
        GpuRead(at_ns=3, sample=GpuSample(at_ns=3, gpus=(GpuReading(pci="0000:03:00.0", name="RX"),))),
        LiveSnapshot(at_ns=4, phase="done", dropped=3),
        Noticed(at_ns=5, level="warning", text="spilled 1 GiB"),
        Noticed(at_ns=5, level="info", text="calm"),
        Noticed(at_ns=6, level="error", text="load process 1 died"),
        LoadFailed(at_ns=6, process=1, message="was killed"),
        msgspec.structs.replace(end, reason="requests"),
        end,
    ]
    report = report_of_events(events, requests(2), scenario=SCENARIO)
    assert (report.label, report.tool.version, report.ended) == ("x", "1.2", "incomplete")
    assert (report.server.model, report.server.pid) == ("gemma", 7)
    assert report.requests.dropped == 3
    assert [gpu["pci"] for gpu in report.machine.gpus] == ["0000:03:00.0"]
    assert report.measured_seconds == pytest.approx(2.0)
    assert report.audit.warnings[:2] == ("spilled 1 GiB", "load process 1 died")


def test_a_secret_prompt_is_in_no_report() -> None:
    secret = msgspec.structs.replace(SCENARIO, prompt=PromptPlan(text="password", secret=True))
    report = build_report(RunFacts(tool_version="1", unix_ns=0, scenario=secret), [])
    assert b"password" not in pretty(report)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"conversations": ConversationPlan(count=2, turns=3)}, "live replies, prompts of 64 to 640 tokens"),
        ({"trace": TracePlan(file="t")}, "a trace, prompts of 64 to 640 tokens"),
    ],
)
def test_the_load_says_how_long_its_prompts_were(asked: dict[str, object], words: str) -> None:
    scenario = msgspec.structs.replace(SCENARIO, prompt=PromptPlan(), **asked)
    sent = [msgspec.structs.replace(r, prompt_tokens=64 * (r.id + 1)) for r in requests(10)]
    made = build_report(RunFacts(tool_version="1", unix_ns=0, scenario=scenario), sent)
    assert words in report_markdown(made)
