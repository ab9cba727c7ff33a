"""What a bench is resumed on must be what it was begun on."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from rocmtui.adapters.runs.bench_folder import PLAN, BenchHead
from rocmtui.cli.main import main
from rocmtui.core.bench.plan.cells import BenchPlan
from rocmtui.core.bench.plan.suite import DECODE
from rocmtui.wiring.benches import new_bench


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    """A bench that was begun and nothing more."""
    model = tmp_path / "m.gguf"
    model.write_bytes(b"GGUF" * 100)
    plan = BenchPlan(models=(str(model),), tests=(DECODE,), rounds=1)
    return new_bench(tmp_path / "bench", plan)[0].path


def test_another_machine_is_refused(bench: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head = msgspec.json.decode((bench / PLAN).read_bytes(), type=BenchHead)
    other = msgspec.structs.replace(head, machine=msgspec.structs.replace(head.machine, cpu="Z80"))
    (bench / PLAN).write_bytes(msgspec.json.encode(other))
    assert main(["bench", "--resume", str(bench)]) == 2
    assert "begun on another machine (Z80)" in capsys.readouterr().err


def test_another_model_under_the_same_name_is_refused(
    bench: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (bench.parent / "m.gguf").write_bytes(b"GGUF" * 99)
    assert main(["bench", "--resume", str(bench)]) == 2
    assert "m.gguf has changed since this bench was begun" in capsys.readouterr().err


def test_no_bench_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--resume", str(tmp_path)]) == 2
    assert "is no bench" in capsys.readouterr().err


def test_a_folder_in_use_is_refused(bench: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "-m", "m.gguf", "--output", str(bench)]) == 2
    assert "is not empty (give another folder, or --resume it)" in capsys.readouterr().err


def test_what_would_fail_later_is_said_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "o"
    for option, says in (
        (("--with-llama-bench", "/no/llama-bench"), "no llama-bench at /no/llama-bench"),
        (("--json", "/no/such/file"), "--json /no/such/file: no such folder"),
        (("--app",), "the app needs a terminal"),
    ):
        assert main(["bench", "-m", "m.gguf", "--output", str(out), *option]) == 2
        assert says in capsys.readouterr().err
        assert not out.exists()
