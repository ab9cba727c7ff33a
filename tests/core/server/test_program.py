"""Two builds that call themselves alike are told apart by their files."""

from __future__ import annotations

import msgspec

from rocmtui.core.server.program import Program, backends_of, compiler_of, flags_of, is_own_library

ONE = Program(sha256="a" * 64, libraries={"libggml-cpu.so.0": "b" * 64, "libggml-hip.so": "c" * 64})


def test_any_file_that_differs_makes_another_digest() -> None:
    others = (
        msgspec.structs.replace(ONE, sha256="d" * 64),
        msgspec.structs.replace(ONE, libraries={**ONE.libraries, "libggml-hip.so": "d" * 64}),
        msgspec.structs.replace(ONE, libraries={"libggml-cpu.so.0": "b" * 64}),
    )
    assert len({ONE.digest, *(other.digest for other in others)}) == 4
    again = Program(sha256="a" * 64, libraries=dict(reversed(ONE.libraries.items())), compiler="GNU 12")
    assert again.digest == ONE.digest


def test_only_llama_cpps_own_libraries_count() -> None:
    own = ("/opt/l/libggml-base.so.0.25.3", "/opt/l/libllama.so", "/x/libmtmd.so.0", "/opt/l/libggml-hip.so")
    others = ("/lib/x86_64-linux-gnu/libc.so.6", "/opt/rocm/lib/libhipblas.so.2", "/usr/bin/llama-server")
    assert [path for path in (*own, *others) if is_own_library(path)] == list(own)


def test_backends_by_the_libraries_loaded() -> None:
    assert backends_of(("libggml-hip.so", "libggml-cpu.so.0", "libggml-base.so.0")) == ("CPU", "ROCm")


def test_what_it_says_of_how_it_was_built() -> None:
    version = "version: 0.5.0 (build 1, commit 0c1e570)\nbuilt with GNU 12.2.0 for Linux x86_64\n"
    assert compiler_of(version) == "GNU 12.2.0 for Linux x86_64"
    assert compiler_of("version: 1") is None
    line = "system_info: n_threads = 1 / 2 | ROCm : NO_VMM = 1 | CPU : SSE3 = 1 | AVX512 = 0 | OPENMP = 1 | "
    assert flags_of(line) == ("NO_VMM", "SSE3", "OPENMP")
    assert flags_of("slot 0 = 1") is None
