"""`rocmtui models` as a user runs it."""

import json
import re
import shutil
from pathlib import Path

import pytest

from rocmtui.adapters.machine.settings_file import default_path
from rocmtui.cli.main import main
from rocmtui.cli.options.server import model_file
from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.text.forms import DASH

GPU = GpuReading(
    pci="0000:03:00.0",
    name="RX 7900 XTX\x1b[2J",
    vram_total_bytes=24 << 30,
    vram_used_bytes=1 << 30,
    pool_bytes=24 << 30,
)


def set_gpus(monkeypatch: pytest.MonkeyPatch, *gpus: GpuReading) -> None:
    monkeypatch.setattr("rocmtui.adapters.gpu.sysfs.read_gpus", lambda: gpus)


def test_a_table_of_models_and_the_broken_files_below(
    tmp_path: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tiny.gguf").symlink_to(tiny_model)
    (tmp_path / "bad\x1b[31m.gguf").write_bytes(b"<html>")
    assert main(["models", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert re.split(r"  +", lines[0]) == [
        *("model", "architecture", "size GiB", "quant", "parameters", "context", "parts", "where")
    ]
    assert lines[1].split() == ["tiny", "llama", "0.0018", "F32", "491K", "32k", "1", "given"]
    assert lines[3:] == [
        "cannot be loaded:",
        f"  {tmp_path}/bad.gguf is no GGUF file: it begins with b'<htm'",
    ]


def test_slots_that_fit_the_chosen_gpu(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_gpus(monkeypatch, GPU)
    assert main(["models", str(tiny_model), "--fit"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("GPU 0 RX 7900 XTX (0000:03:00.0): 23.0 GiB free of 24.0 GiB; 1.0 GiB")
    assert lines[2].split()[-6:] == ["slots", "at", "4k", "8k", "16k", "32k"]
    assert lines[3].split()[-4:] == ["256", "256", "256", "256"]


def test_without_a_card_the_processor_s_memory_is_fitted_and_its_speed_not_guessed(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    set_gpus(monkeypatch)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert main(["models", str(tiny_model), "--fit", "--gpu", "none", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["fitted_to"]["free_bytes"] > 0
    assert document["models"][0]["expected"] == {"alone": None, "with_slots": None}


def test_one_context_and_slot_count_against_a_named_amount(
    tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--vram", "1100MiB", "-c", "32768", "-np", "4", "-ctk", "q8_0", "--json"]
    assert main(["models", str(tiny_model), *arguments]) == 0
    document = json.loads(capsys.readouterr().out)
    (model,) = document["models"]
    fit = model["fit"]
    assert document["schema"] == "rocmtui.models/1"
    assert document["fitted_to"] == {"free_bytes": 1100 << 20, "pci": None, "name": None}
    assert (fit["need"]["slots"], fit["need"]["slot_ctx"], fit["parallel"]) == (4, 8192, 4)
    assert fit["need"]["kv_bytes"] == 4 * 8192 * (2 * 68 + 2 * 128)
    assert (fit["fits"], fit["max_ctx_per_slot"]) == (True, 28_928)
    assert [at["ctx_per_slot"] for at in fit["slots_at"]] == [8192]


def test_what_cannot_be_started_is_fitted_to_nothing(
    tmp_path: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(tiny_model, tmp_path / "half-00001-of-00002.gguf")
    (tmp_path / "tiny.gguf").symlink_to(tiny_model)
    assert main(["models", str(tmp_path), "--vram", "8GiB", "-np", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (half,) = (line for line in lines if line.startswith("half") and "missing" not in line)
    assert (half.split()[2:], lines[-1]) == ([DASH] * 9, "half: part 2 of 2 is missing: download it again")
    assert main(["models", str(tmp_path), "--vram", "8GiB", "-np", "1", "--json"]) == 0
    models = json.loads(capsys.readouterr().out)["models"]
    assert [("fit" in model, model["problem"] is None) for model in models] == [(False, False), (True, True)]


def test_folders_named_in_the_settings_are_searched_too(
    isolated_home: Path, tmp_path: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(tiny_model, tmp_path / "kept.gguf")
    settings = default_path()
    settings.parent.mkdir(parents=True)
    settings.write_text(f'model_dirs = ["{tmp_path}"]\n')
    assert main(["models"]) == 0
    assert "kept" in capsys.readouterr().out
    assert model_file("kept") == str(tmp_path / "kept.gguf")
    settings.write_text("model_dirs = 3\n")
    assert main(["models"]) == 2
    assert "model_dirs" in capsys.readouterr().err


def test_without_a_gpu_models_are_fitted_into_system_memory(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    set_gpus(monkeypatch)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr("rocmtui.adapters.host.own.usable_memory_bytes", lambda: 12 << 30)
    assert main(["models", str(tiny_model), "--fit"]) == 0
    first, second, _, head, row, *_ = capsys.readouterr().out.splitlines()
    assert first.startswith("fitted to 12.0 GiB of system memory; 1.0 GiB of it stays free")
    assert second == "no AMD GPU was found: models run on the CPU"
    assert "expect" not in head  # nothing is known of this machine's speed: no column of dashes
    assert DASH not in row
    monkeypatch.setattr("rocmtui.adapters.host.own.usable_memory_bytes", lambda: None)
    assert main(["models", "--fit"]) == 2
    assert "--vram 24GiB" in capsys.readouterr().err
    monkeypatch.setattr("rocmtui.adapters.gpu.notes.behind_wsl", lambda: True)
    assert main(["models", "--fit"]) == 2
    assert (
        "under WSL the GPU's memory is not known (say it: --vram 24GiB, or --gpu none)"
        in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["/no/such/folder"], "no such folder: /no/such/folder"),
        ([__file__], "test_models.py is no model (give a .gguf file"),
        (["--vram", "lots"], "'lots' is no size"),
        (["--vram", "24"], "24 has no unit: that many bytes hold nothing (say 24GiB)"),
        (["--vram", "8GiB", "-ctk", "f8"], "no cache type 'f8'"),
        (["--vram", "8GiB", "-c", "8192"], "--ctx-size is for all slots together"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(
    tiny_model: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", str(tiny_model), *arguments]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


def test_nothing_found_says_where_it_looked(isolated_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert f"{isolated_home}/.ollama/models (does not exist)" in captured.err
    assert "rocmtui demo" in captured.err
