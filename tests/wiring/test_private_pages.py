"""Nothing of a home, a folder or a machine leaves with a page or with what is shared, unless asked for."""

from __future__ import annotations

import getpass
import platform
from pathlib import Path

import pytest
from msgspec.structs import replace

from rocmtui.core.exports.forms import FORMS
from rocmtui.core.load.far.engine import SshEngine
from rocmtui.core.text.documents import pretty
from rocmtui.errors import UsageError
from rocmtui.wiring.pages import comparison_text, page_text, shared_text
from rocmtui.wiring.replays import report_of

RECORDED = Path(__file__).parents[1] / "recorded"
PRIVATE = ("maria", "starbox", "acme", "My Models", "/home", "gpu-lab")


@pytest.fixture(autouse=True)
def _owner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "node", lambda: "starbox.lan")
    monkeypatch.setattr(getpass, "getuser", lambda: "maria")


def told(text: str) -> list[str]:
    return [word for word in PRIVATE if word.lower() in text.lower()]


@pytest.fixture(params=["bench", "sweep"])
def work(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A bench or sweep of somebody's, whose models lie in a folder with a blank."""
    text = (RECORDED / f"{request.param}.json").read_text()
    text = text.replace("/home/me/models", "/home/maria/My Models/acme")
    text = text.replace('"warnings": []', '"warnings": ["starbox: /home/maria/My Models/acme/x is gone"]')
    text = text.replace('"host": "127.0.0.1"', '"host": "gpu-lab"').replace("--seed", "--lora gpu-lab --seed")
    (tmp_path / f"{request.param}.json").write_text(text)
    return tmp_path


def test_a_bench_and_a_sweep(work: Path) -> None:
    assert told(page_text(work)) == []
    forms = 0
    for form in FORMS:
        try:
            shared = shared_text(work, form)
        except UsageError:  # not every kind has every form
            continue
        forms += 1
        assert told(shared) == [], form
        if form == "csv" and (work / "bench.json").is_file():
            assert "…/tiny-cc31e2798521.gguf,8816cf8e0c55e83c," in shared
    assert forms >= 4
    assert told(shared_text(work, "csv" if (work / "bench.json").is_file() else "github", redact=False))


def test_two_runs_side_by_side(tmp_path: Path) -> None:
    report = report_of(RECORDED / "load-a.rocmrun")
    assert report.scenario is not None
    paths = []
    for name in ("a", "b"):
        args = ("llama-server", "--mmproj", f"/home/maria/My Models/acme/{name}.gguf")
        scenario = replace(report.scenario, engine=SshEngine(hosts=(f"{name}@gpu-lab",)))
        made = replace(report, scenario=scenario, server=replace(report.server, args=args))
        paths.append(tmp_path / f"{name}.json")
        paths[-1].write_bytes(pretty(made))
    text = comparison_text(*paths)
    assert "…/a.gguf" in text
    assert told(text) == []
    assert told(comparison_text(*paths, redact=False))
