"""Where AMD's library is looked for, and which one of several is taken."""

from __future__ import annotations

from pathlib import Path

from rocmtui.adapters.gpu.smi.search import find_library


def put(root: Path, *files: str) -> None:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()


def found(root: Path, **environ: str) -> str | None:
    path = find_library(environ, str(root), import_path=()).path
    return None if path is None else path.removeprefix(f"{root}/")


def test_distributions_install_only_the_versioned_name(tmp_path: Path) -> None:
    put(tmp_path, "usr/lib/x86_64-linux-gnu/libamd_smi.so.26", "usr/lib/x86_64-linux-gnu/libamd_smi.so.27.1")
    assert found(tmp_path) == "usr/lib/x86_64-linux-gnu/libamd_smi.so.27.1"


def test_newest_of_several_rocm_is_taken(tmp_path: Path) -> None:
    put(tmp_path, "opt/rocm-6.4.1/lib/libamd_smi.so", "opt/rocm-7.10.0/lib/libamd_smi.so")
    put(tmp_path, "opt/rocm-7.2.0/lib/libamd_smi.so")
    assert found(tmp_path) == "opt/rocm-7.10.0/lib/libamd_smi.so"


def test_the_users_choice_comes_first(tmp_path: Path) -> None:
    put(tmp_path, "opt/rocm/lib/libamd_smi.so", "mine/lib64/libamd_smi.so", "mine/lib64/libamd_smi.so.25")
    assert found(tmp_path, ROCM_PATH=f"{tmp_path}/mine") == "mine/lib64/libamd_smi.so"
    assert found(tmp_path, ROCM_PATH=f"{tmp_path}/empty") == "opt/rocm/lib/libamd_smi.so"


def test_rocm_from_wheels_is_found(tmp_path: Path) -> None:
    put(tmp_path, "site-packages/_rocm_sdk_core/lib/libamd_smi.so.26")
    search = find_library({}, str(tmp_path), import_path=("", f"{tmp_path}/site-packages"))
    assert search.path == f"{tmp_path}/site-packages/_rocm_sdk_core/lib/libamd_smi.so.26"


def test_nothing_found_says_where_it_looked(tmp_path: Path) -> None:
    search = find_library({}, str(tmp_path), import_path=())
    assert search.path is None
    assert search.looked_in[:2] == (f"{tmp_path}/opt/rocm/lib", f"{tmp_path}/opt/rocm/lib64")
