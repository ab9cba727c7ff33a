"""`rocmtui doctor` as a user runs it."""

import json

import pytest

from rocmtui.cli.main import main
from rocmtui.core.doctor.facts import MachineFacts, ServerProgram

SERVER = ServerProgram(path="python", source="embedded", version="1", backend="CPU", devices=())


def set_facts(monkeypatch: pytest.MonkeyPatch, facts: MachineFacts) -> None:
    async def with_server(facts: MachineFacts, server_bin: str | None) -> MachineFacts:
        return facts

    monkeypatch.setattr("rocmtui.adapters.doctor.probe.read_facts", lambda: facts)
    monkeypatch.setattr("rocmtui.adapters.doctor.server.with_server", with_server)


def test_a_line_a_finding_with_what_mends_it_below(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = MachineFacts(os="Debian", kernel="Linux 6.1", python="3.11", cpu_count=2, server=SERVER)
    set_facts(monkeypatch, facts)
    assert main(["doctor"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "system     good     Debian, Linux 6.1, 2 CPUs, –, Python 3.11",
        "gpu        warning  No AMD GPU was found.",
        "server     good     the embedded server, 1, CPU backend",
        "demo       warning  `rocmtui demo` lacks its server and its model",
        "                    mend: pip install 'rocmtui[demo]'",
        "",
        "2 warnings",
    ]


def test_a_problem_is_exit_code_1_in_text_and_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_facts(monkeypatch, MachineFacts(demo_server=True, demo_model=True))
    assert main(["doctor"]) == 1
    assert capsys.readouterr().out.endswith("\n1 problem, 1 warning\n")
    assert main(["doctor", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["schema"], document["status"]) == ("rocmtui.doctor/1", "problem")
    assert [found["area"] for found in document["findings"]] == ["system", "gpu", "server", "demo"]
    assert document["facts"]["server"] is None


def test_the_real_machine_is_told_something(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) in (0, 1)
    captured = capsys.readouterr()
    assert captured.out.startswith("system     good")
    assert captured.err == ""


def test_a_server_that_is_not_there_is_a_problem_not_a_crash(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--server-bin", "/no/such/llama-server"]) == 1
    assert "there is no llama-server /no/such/llama-server" in capsys.readouterr().out
