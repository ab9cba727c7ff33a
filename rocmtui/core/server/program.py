"""What a server's program is made of: what tells two builds apart that call themselves alike."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from rocmtui.core.text.late_regex import LateRegex

SHOWN_DIGITS = 10
_LIBRARY = LateRegex(r"lib(?:ggml|llama|mtmd)[\w.-]*\.so|xllamacpp[\w./-]*\.so")
_BACKENDS = {
    **{"hip": "ROCm", "cuda": "CUDA", "vulkan": "Vulkan", "cpu": "CPU", "blas": "BLAS", "rpc": "RPC"},
    **{"sycl": "SYCL", "opencl": "OpenCL", "musa": "MUSA", "cann": "CANN"},
}
_BACKEND = LateRegex(r"libggml-([a-z]+)")
_COMPILER = LateRegex(r"built with (.{3,120})")
_SYSTEM_INFO = LateRegex(r"system_info: .*?\|\s*(.+)")
_FEATURE = LateRegex(r"(\w+) = (\d+)")


class Program(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The files that a running server was made of, and what is known of how they were built."""

    sha256: str
    """Of the program's own file."""
    package: str | None = None
    """`xllamacpp 2026.10.11549`: where that file is a Python, the package its libraries are of."""
    libraries: dict[str, str] = msgspec.field(default_factory=dict)
    """SHA-256 of each library of llama.cpp that it has loaded, by file name."""
    backends: tuple[str, ...] = ()
    """By the libraries loaded: `CPU`, `ROCm`, `Vulkan` ...; empty where they are linked into the program."""
    compiler: str | None = None
    """What it says it was built with (untrusted text)."""
    flags: tuple[str, ...] = ()
    """Features it says it was built for: `AVX2`, `OPENMP` ... (untrusted text)."""

    @property
    def digest(self) -> str:
        """A few digits that differ wherever a file differs; of a package, one of its libraries."""
        import hashlib  # loads OpenSSL

        own = [self.sha256] if self.package is None else []
        whole = "\n".join((*own, *(f"{name} {sha}" for name, sha in sorted(self.libraries.items()))))
        return hashlib.sha256(whole.encode()).hexdigest()[:SHOWN_DIGITS]

    @property
    def words(self) -> str:
        """`program 3f2a91c0d4`, `program 3f2a91c0d4 of xllamacpp 2026.10.11549`."""
        return f"program {self.digest}" + (f" of {self.package}" if self.package else "")


def is_own_library(path: str) -> bool:
    """Whether a loaded file is llama.cpp's, and not the system's."""
    return _LIBRARY.search(path.rpartition("/")[2]) is not None


def backends_of(names: Iterable[str]) -> tuple[str, ...]:
    """The backends whose libraries these are, each once."""
    found = (_BACKENDS.get(match[1]) for name in names if (match := _BACKEND.match(name)))
    return tuple(sorted({name for name in found if name is not None}))


def compiler_of(version_text: str) -> str | None:
    """`GNU 14.2.0 for Linux x86_64`, from what --version printed."""
    found = _COMPILER.search(version_text)
    return found[1].strip() if found else None


def flags_of(line: str) -> tuple[str, ...] | None:
    """The features of a log's `system_info` line that are on; None where it is no such line."""
    found = _SYSTEM_INFO.search(line)
    if found is None:
        return None
    return tuple(dict.fromkeys(name for name, value in _FEATURE.findall(found[1]) if value != "0"))
