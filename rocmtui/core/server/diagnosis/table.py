"""The table of known ends of llama-server: what its log says, what that means, what to do.

Each row carries the log lines it was made from; a test holds it against them. Order matters: the first row
whose patterns are all found wins, so causes stand before consequences.
"""

from __future__ import annotations

from rocmtui.core.server.diagnosis.gpu_rows import GPU_FAULTS, MEMORY
from rocmtui.core.server.diagnosis.model_rows import ARGUMENTS, MODEL_FILE
from rocmtui.core.server.diagnosis.row import Row, row

_PROGRAM = (
    row(
        "library_missing",
        r"error while loading shared libraries: (?P<library>[^:\s]+): (?P<why>.*)",
        cause="llama-server needs the library {library}, which is not found",
        remedy="install what brings it (ROCm for libhip*, libroc*, libhsa*), or add its folder to "
        "LD_LIBRARY_PATH",
        sample="/opt/llama/llama-server: error while loading shared libraries: libhipblas.so.2: cannot open "
        "shared object file: No such file or directory",
        returncode=127,
    ),
    row(
        "library_mismatch",
        r"symbol lookup error: .*undefined symbol: (?P<symbol>\S+)|version [`'](?P<version>\S+)' not found",
        cause="llama-server and a library it needs are of different versions ({symbol}{version})",
        remedy="use a build made for this system and this ROCm version",
        sample="/opt/llama/llama-server: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found "
        "(required by /opt/llama/llama-server)",
    ),
    row(
        "no_threads",
        r"std::system_error|Resource temporarily unavailable",
        cause="the system gave llama-server no more threads or memory",
        remedy="raise the limits (`ulimit -u`, `ulimit -v`, the container's pids limit), or give a "
        "smaller -t",
        sample="terminate called after throwing an instance of 'std::system_error'\n"
        "  what():  Resource temporarily unavailable",
        returncode=-6,
    ),
    row(
        "assertion",
        r"(?P<where>[\w./-]+:\d+): GGML_ASSERT\((?P<what>.*)\) failed",
        cause="llama.cpp stopped itself at {where}: it found {what} to be untrue",
        remedy="a fault of llama.cpp or of the model file: try another build, then report it there",
        sample="/src/ggml/src/ggml.c:1647: GGML_ASSERT(tensor->ne[0] > 0) failed",
        returncode=-6,
        repeatable=False,
    ),
    row(
        "embedded_missing",
        r"the embedded server needs the xllamacpp package",
        cause="the embedded server is not installed",
        remedy="install rocmtui with its demo extra, or give --server-bin",
        sample="error: the embedded server needs the xllamacpp package (No module named 'xllamacpp')",
    ),
)

ROWS = ARGUMENTS + MODEL_FILE + GPU_FAULTS + MEMORY + _PROGRAM


def _signal_row(code: str, cause: str, remedy: str, *, number: int, repeatable: bool = False) -> Row:
    return Row(
        code=code,
        patterns=(),
        cause=cause,
        remedy=remedy,
        sample=("cmn          init: llama threadpool init, n_threads = 2",),
        returncode=-number,
        repeatable=repeatable,
    )


SIGNAL_ROWS = {
    4: _signal_row(
        "illegal_instruction",
        "this llama-server is built for another CPU: it used an instruction this one lacks (SIGILL)",
        "use a build for this CPU, or compile one here",
        number=4,
        repeatable=True,
    ),
    6: _signal_row(
        "aborted",
        "llama-server stopped itself (SIGABRT)",
        "its last lines say why; try another build",
        number=6,
    ),
    7: _signal_row(
        "bus_error",
        "the model file could not be read while it was mapped (SIGBUS): it shrank, or its disk failed",
        "check the file and the disk (`dmesg`); `--load-mode none` reads it into memory instead",
        number=7,
    ),
    9: _signal_row(
        "killed",
        "llama-server was killed from outside (SIGKILL)",
        "when memory ran out, the kernel did it (`dmesg | grep -i oom`); else somebody's `kill -9`",
        number=9,
    ),
    11: _signal_row(
        "segmentation_fault",
        "llama-server crashed (SIGSEGV)",
        "try another build; with an integrated GPU beside the card, hide it (--gpu)",
        number=11,
    ),
    15: _signal_row(
        "terminated",
        "somebody else stopped llama-server (SIGTERM)",
        "start it again; a service manager or a script may have sent it",
        number=15,
    ),
    2: _signal_row(
        "interrupted",
        "somebody else stopped llama-server (SIGINT)",
        "start it again",
        number=2,
    ),
}
"""Ends that only the signal tells of."""
