"""Gathering the facts of pretend machines: trees of files, programs that answer as llama-server does."""

import os
import stat
from pathlib import Path

import pytest

from rocmtui.adapters.doctor.probe import read_facts
from rocmtui.adapters.doctor.server import with_server
from rocmtui.adapters.gpu.smi.trial import MARK, try_smi
from rocmtui.core.doctor.facts import MachineFacts
from tests.fakes.gpu_tree import write_card


def put(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_an_empty_machine_raises_nothing(tmp_path: Path) -> None:
    facts = read_facts(str(tmp_path), {})
    assert (facts.gpus, facts.kfd, facts.render_nodes, facts.rocm_version) == ((), None, (), None)
    assert facts.container is None
    assert f"{tmp_path}/sys/class/drm" in facts.gpu_notes[0]
    assert facts.user


def test_a_machine_with_a_card(tmp_path: Path) -> None:
    write_card(tmp_path / "sys", mem_info_vram_total=str(16 << 30), drm__renderD128__dev="226:128")
    node = tmp_path / "sys/class/kfd/kfd/topology/nodes/1"
    put(node / "gpu_id", "4711")
    put(node / "properties", "simd_count 96\nlocation_id 768\ndomain 0\ngfx_target_version 110000\n")
    put(tmp_path / "dev/kfd").chmod(0o660)
    put(tmp_path / "dev/dri/renderD128")
    put(tmp_path / "opt/rocm-6.4.1/.info/version", "6.4.1-83\n")
    put(tmp_path / "opt/rocm-6.4.1/lib/libamd_smi.so")
    put(tmp_path / "usr/lib64/libamdhip64.so.6.4")
    put(tmp_path / "etc/os-release", 'PRETTY_NAME="Fedora Linux 42"\nID=fedora\n')
    put(tmp_path / "run/.containerenv")
    facts = read_facts(str(tmp_path), {"HIP_VISIBLE_DEVICES": "0\x1b[2J", "LLAMA_API_KEY": "secret"})
    assert [gpu.vram_total_bytes for gpu in facts.gpus] == [16 << 30]
    assert [(device.pci, device.node) for device in facts.kfd_devices] == [("0000:03:00.0", 1)]
    assert facts.kfd is not None
    assert (facts.kfd.usable, facts.kfd.gid) == (True, os.getgid())
    assert [node.path for node in facts.render_nodes] == [f"{tmp_path}/dev/dri/renderD128"]
    assert (facts.rocm_version, facts.rocm_path) == ("6.4.1-83", f"{tmp_path}/opt/rocm-6.4.1")
    assert facts.hip_library == f"{tmp_path}/usr/lib64/libamdhip64.so.6.4"
    assert facts.smi_library == f"{tmp_path}/opt/rocm-6.4.1/lib/libamd_smi.so"
    assert (facts.os, facts.os_id, facts.container) == ("Fedora Linux 42", "fedora ", "a Podman container")
    assert facts.variables == {"HIP_VISIBLE_DEVICES": "0", "LLAMA_API_KEY": ""}


def test_folders_are_judged_by_what_exists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(put(tmp_path / "file")))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "new"))
    facts = read_facts(str(tmp_path), {})
    assert {folder.purpose: folder.writable for folder in facts.folders} == {
        "runs": True,
        "settings": True,
        "the demo model": False,
    }


def program(path: Path, body: str) -> Path:
    put(path, f"#!/bin/sh\n{body}\n").chmod(stat.S_IRWXU)
    return path


async def test_the_server_is_asked_what_it_sees(tmp_path: Path) -> None:
    server = program(
        tmp_path / "llama-server",
        'case "$1" in\n'
        "--help) echo '--list-devices  print devices';;\n"
        "--version) echo 'version: 9120 (abc1234)' >&2;;\n"
        "--list-devices) echo 'Available devices:'\n"
        "  echo '  ROCm0: Radeon RX 7900 XTX (16384 MiB, 16000 MiB free)';;\n"
        "esac",
    )
    write_card(tmp_path / "sys", mem_info_vram_total=str(16 << 30))
    facts = await with_server(read_facts(str(tmp_path), {}), str(server), {"PATH": os.environ["PATH"]})
    assert facts.server is not None
    assert (facts.server.source, facts.server.version) == ("--server-bin", "b9120 (abc1234)")
    assert facts.server.backend == "ROCm"
    assert [(device.name, device.pci) for device in facts.server.devices or ()] == [("ROCm0", "0000:03:00.0")]


@pytest.mark.parametrize("body", ["exit 127", "kill -ILL $$"])
async def test_a_server_that_cannot_run_is_explained(tmp_path: Path, body: str) -> None:
    server = program(tmp_path / "llama-server", body)
    facts = await with_server(MachineFacts(), str(server), {"PATH": os.environ["PATH"]})
    assert facts.server is None
    assert "cannot run here" in (facts.server_problem or "")


def test_a_library_that_aborts_or_hangs_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rocmtui.adapters.gpu.smi.trial.PROGRAM", "import os; os.abort()")
    assert try_smi() == (None, "AMD's SMI library ended the program that started it (SIGABRT)")
    monkeypatch.setattr("rocmtui.adapters.gpu.smi.trial.PROGRAM", "import signal; signal.pause()")
    assert try_smi(0.2) == (None, "AMD's SMI library did not start within 0 s")
    answer = f"print('noise'); print({MARK!r} + '{{\"cards\": [\"0000:03:00.0\"]}}')"
    monkeypatch.setattr("rocmtui.adapters.gpu.smi.trial.PROGRAM", answer)
    assert try_smi() == (("0000:03:00.0",), None)
